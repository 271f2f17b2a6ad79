//! Speaks MCP over stdin and stdout: what dice add up to, and how likely it is.

mod dice;

use rmcp::{
    handler::server::wrapper::Parameters,
    model::{Implementation, ServerCapabilities, ServerConfig},
    schemars, tool, tool_handler, tool_router,
    transport::stdio,
    ServerHandler, ServiceExt,
};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Throw {
    /// How many dice are thrown, 1 to 20.
    dice: u32,
    /// How many sides each has, 2 to 100.
    sides: u32,
    /// The sum that is hoped for.
    at_least: u32,
}

#[derive(Clone)]
struct Dice;

#[tool_router]
impl Dice {
    #[tool(
        description = "How likely it is that dice add up to at least a number.",
        annotations(read_only_hint = true)
    )]
    fn chance(&self, Parameters(throw): Parameters<Throw>) -> Result<String, String> {
        let chance = dice::at_least(throw.dice, throw.sides, throw.at_least)?;
        Ok(format!("{:.4} %", chance * 100.0))
    }
}

#[tool_handler]
impl ServerHandler for Dice {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("dice-mcp", env!("CARGO_PKG_VERSION")))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().any(|word| word == "--version") {
        println!("dice-mcp {}", env!("CARGO_PKG_VERSION"));
        return Ok(());
    }
    Dice.serve(stdio()).await?.waiting().await?;
    Ok(())
}
