"""The tools, and ``main``, which speaks MCP over stdin and stdout."""

from datetime import date

from mcp.server import MCPServer

from weather_mcp import __version__
from weather_mcp.sun import sun_times

WARM = 20
FEELINGS = ((0, "freezing"), (10, "cold"), (18, "cool"), (26, "pleasant"))

server = MCPServer("weather-mcp", version=__version__)


@server.tool()
def sun(latitude: float, longitude: float, day: str) -> dict[str, str]:
    """Sunrise and sunset in UTC for a place (degrees, north and east positive) and a day (YYYY-MM-DD)."""
    times = sun_times(latitude, longitude, date.fromisoformat(day))
    if times is None:
        return {"note": "the sun does not cross the horizon that day"}
    return {"sunrise": f"{times[0]:%H:%M}", "sunset": f"{times[1]:%H:%M}"}


@server.tool()
def comfort(celsius: float, humidity: float) -> str:
    """Say how warm air of a temperature (°C) and relative humidity (percent) feels."""
    felt = celsius + 0.05 * (humidity - 40) if celsius > WARM else celsius
    word = next((word for limit, word in FEELINGS if felt < limit), "hot")
    return f"{word} (feels like {felt:.1f} °C)"


def main() -> None:
    """Serve until stdin closes."""
    server.run()


if __name__ == "__main__":
    main()
