# Reads a formula as Homebrew does, as far as formulas of tagship go: ruby formula.rb FORMULA FOLDER prints what it says and
# which files it installs as JSON, and runs its test against the programs in FOLDER.
require "json"
require "pathname"

class Formula
  class << self
    attr_reader :said, :tested

    %i[desc homepage version license].each { |key| define_method(key) { |value| (@said ||= {})[key] = value } }
    %i[url sha256].each do |key|
      define_method(key) { |value| ((@said[:files] ||= {})[@places.join(" ")] ||= {})[key] = value }
    end
    %i[on_macos on_linux on_arm on_intel].each do |key|
      define_method(key) do |&block|
        (@places ||= []).push(key)
        block.call
        @places.pop
      end
    end

    def test(&block)
      @tested = block
    end
  end

  def initialize(folder)
    @folder = Pathname.new(folder)
    @installed = {}
  end

  attr_reader :installed

  def bin
    place(:bin)
  end

  %i[bash_completion zsh_completion fish_completion man1 man5].each { |key| define_method(key) { place(key) } }

  def place(key)
    folder, installed = @folder, @installed
    Object.new.tap do |made|
      made.define_singleton_method(:install) { |*files| (installed[key] ||= []).concat(files) }
      made.define_singleton_method(:/) { |name| folder / name }
    end
  end

  def assert_equal(expected, found)
    raise "expected #{expected.inspect}, found #{found.inspect}" unless expected == found
  end

  def assert_predicate(object, predicate)
    raise "#{object} is not #{predicate}" unless object.public_send(predicate)
  end
end

load ARGV[0]
kind = ObjectSpace.each_object(Class).find { |each| each < Formula }
formula = kind.new(ARGV[1])
formula.install
formula.instance_exec(&kind.tested)
puts JSON.generate(kind.said.merge(class: kind.name, installed: formula.installed))
