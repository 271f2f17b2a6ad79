// A server that speaks MCP over stdin and stdout: when the moon is full, and how it pulls at the sea.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tagship/tides-mcp/moon"
)

// Set by the linker.
var (
	version = "dev"
	commit  = "none"
	date    = "unknown"
)

type day struct {
	Day string `json:"day" jsonschema:"the day, YYYY-MM-DD"`
}

func main() {
	show := flag.Bool("version", false, "print the version and leave")
	flag.Parse()
	if *show {
		fmt.Printf("tides-mcp %s (%s, %s)\n", version, commit, date)
		return
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "tides-mcp", Version: version}, nil)
	mcp.AddTool(server, &mcp.Tool{
		Name:        "moon",
		Description: "The age of the moon on a day, in days since it was new, and what the tides are like.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, tellMoon)
	if err := server.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
		log.Fatal(err)
	}
}

func tellMoon(_ context.Context, _ *mcp.CallToolRequest, asked day) (*mcp.CallToolResult, any, error) {
	noon, err := time.Parse(time.DateOnly, asked.Day)
	if err != nil {
		return nil, nil, fmt.Errorf("%q is no day: write YYYY-MM-DD", asked.Day)
	}
	age := moon.Age(noon.Add(12 * time.Hour))
	text := fmt.Sprintf("%.1f days old; %s", age, moon.Tides(age))
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
}
