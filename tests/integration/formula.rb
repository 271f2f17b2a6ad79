# Reads a formula as Homebrew does, as far as formulas of tagship go: ruby formula.rb FORMULA FOLDER [HOME] prints what it says
# and which files it installs as JSON, and runs its test against the programs in FOLDER. With HOME it carries the installation
# out below HOME, for Linux on Intel, from the files in FOLDER and from where its resources are, and tests what is there then.
# Sources: Library/Homebrew/formula.rb, language/python.rb and language/node.rb of github.com/Homebrew/brew.
require "digest"
require "fileutils"
require "json"
require "open-uri"
require "pathname"
require "tmpdir"

HERE = %i[on_linux on_intel].freeze

module Language
  module Python
    module Virtualenv
      class Virtualenv
        def initialize(formula, root, python)
          @formula, @root, @python = formula, root, python
        end

        def pip_install(targets)
          python = "--python=#{@root}/bin/python"
          @formula.system @python, "-m", "pip", python, "install", *@formula.std_pip_args(prefix: false), *Array(targets)
        end

        def pip_install_and_link(targets)
          before = @root.glob("bin/*")
          pip_install(targets)
          @formula.bin.install_symlink(@root.glob("bin/*") - before)
        end
      end

      def virtualenv_create(root, python, system_site_packages: true)
        site = system_site_packages ? ["--system-site-packages"] : []
        system python, "-m", "venv", *site, "--without-pip", root
        Virtualenv.new(self, root, python)
      end
    end
  end
end

class Place
  attr_reader :files, :links

  def initialize(folder, home)
    @folder, @home, @files, @links = folder, home, [], []
  end

  def install(*files)
    @files.concat(files)
  end

  def install_symlink(files)
    @home.mkpath
    files.each do |file|
      @links.push(file.basename.to_s)
      (@home/file.basename).make_symlink(file)
    end
  end

  def /(other)
    (@home || @folder)/other
  end
end

# A file of the formula or of a resource: fetched, compared with its digest, and put into an empty folder.
class Source
  def initialize(folder, said)
    @folder, @said = folder, said
  end

  def stage
    Dir.mktmpdir do |place|
      Dir.chdir(place) do
        name = File.basename(@said[:url])
        file = @folder/name
        data = file.exist? ? file.binread : URI.parse(@said[:url]).open(&:read)
        found = Digest::SHA256.hexdigest(data)
        raise "#{name}: SHA-256 is #{found}, not #{@said[:sha256]}" unless found == @said[:sha256]

        File.binwrite(name, data)
        if name.end_with?(".tgz") # which goes where its one folder is
          Kernel.system("tar", "-xzf", name, "--strip-components", "1") || raise(name)
          File.delete(name)
        end
        yield
      end
    end
  end
end

class Formula
  class << self
    attr_reader :said, :tested

    %i[desc homepage version license].each { |key| define_method(key) { |value| (@said ||= {})[key] = value } }
    %i[url sha256].each do |key|
      define_method(key) { |value| (@resource || ((@said[:files] ||= {})[(@places ||= []).join(" ")] ||= {}))[key] = value }
    end
    %i[on_macos on_linux on_arm on_intel].each do |key|
      define_method(key) do |&block|
        (@places ||= []).push(key)
        block.call
        @places.pop
      end
    end

    def depends_on(what)
      (@said[:needs] ||= []).push([*@places, *what].join(" "))
    end

    def resource(name, &block)
      @resource = { name: name, places: [*@places] }
      block.call
      (@said[:resources] ||= []).push(@resource)
      @resource = nil
    end

    def test(&block)
      @tested = block
    end
  end

  attr_reader :places

  def initialize(folder, home)
    @folder = Pathname.new(folder)
    @home = home && Pathname.new(home)
    @places = {}
  end

  %i[bin bash_completion zsh_completion fish_completion man1 man5].each do |key|
    define_method(key) { @places[key] ||= Place.new(@folder, @home && @home/key.to_s) }
  end

  def libexec
    @home/"libexec"
  end

  def resources
    mine = (self.class.said[:resources] || []).select { |each| each[:places].all? { |place| HERE.include?(place) } }
    mine.map { |each| Source.new(@folder, each) }
  end

  def std_pip_args(prefix:)
    raise "into the environment" if prefix

    %w[--verbose --no-deps --no-binary=:all: --ignore-installed --no-compile]
  end

  def std_npm_args
    (libexec/"lib").mkpath
    packed = `npm pack --silent --ignore-scripts`.lines.last.chomp
    %W[--loglevel=error --global --build-from-source --ignore-scripts --prefix=#{libexec} #{Dir.pwd}/#{packed}]
  end

  def system(*argv)
    Kernel.system(*argv.map(&:to_s), out: :err) || raise("failed: #{argv.join(" ")}")
  end

  def carry_out
    files = self.class.said[:files]
    @home ? Source.new(@folder, files[""] || files["on_linux on_intel"]).stage { install } : install
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
formula = kind.new(ARGV[1], ARGV[2])
formula.carry_out
formula.instance_exec(&kind.tested)
used = formula.places.select { |_, place| place.files.any? || place.links.any? }
puts JSON.generate(kind.said.merge(class: kind.name, installed: used.transform_values { |place| place.files + place.links }))
