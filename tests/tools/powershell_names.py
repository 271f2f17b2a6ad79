"""What there is in Windows PowerShell 5.1 and in PowerShell 7, as far as a script that installs needs it.

From the reference of Microsoft.PowerShell.Core, .Management, .Utility and .Archive for 5.1, and of .NET Framework 4.5.
A name that is missing here is to be looked up there first: it has to be in both.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

_COMMON: Final = frozenset({"ErrorAction"})

CMDLETS: Final[Mapping[str, AbstractSet[str]]] = {
    "ConvertFrom-Json": _COMMON | {"InputObject"},
    "Copy-Item": _COMMON | {"LiteralPath", "Destination", "Force", "Recurse"},
    "Expand-Archive": _COMMON | {"LiteralPath", "DestinationPath", "Force"},
    "ForEach-Object": _COMMON | {"Process"},
    "Get-Command": _COMMON | {"Name", "CommandType", "TotalCount"},
    "Get-Content": _COMMON | {"LiteralPath", "Raw", "Encoding"},
    "Get-FileHash": _COMMON | {"LiteralPath", "Algorithm"},
    "Invoke-RestMethod": _COMMON | {"Uri", "UseBasicParsing"},
    "Invoke-WebRequest": _COMMON | {"Uri", "UseBasicParsing", "OutFile"},
    "Join-Path": _COMMON | {"Path", "ChildPath"},
    "Move-Item": _COMMON | {"LiteralPath", "Destination", "Force"},
    "New-Item": _COMMON | {"ItemType", "Path", "Force"},
    "Out-Null": _COMMON,
    "Remove-Item": _COMMON | {"LiteralPath", "Force", "Recurse"},
    "Select-Object": _COMMON | {"First", "Last", "Property"},
    "Test-Path": _COMMON | {"LiteralPath", "PathType"},
    "Where-Object": _COMMON | {"FilterScript"},
    "Write-Host": _COMMON | {"Object"},
}
"""Commands and their parameters."""

TYPES: Final = frozenset(
    {
        "bool", "cmdletbinding", "convert", "environment", "io.file", "io.path", "net.securityprotocoltype",
        "net.servicepointmanager", "scriptblock", "string", "string[]", "switch",
    }
)  # fmt: skip
"""Types and attributes, in small letters."""

MEMBERS: Final = frozenset(
    {
        # static ones
        "[convert]::frombase64string", "[environment]::getenvironmentvariable", "[environment]::setenvironmentvariable",
        "[io.file]::writeallbytes", "[io.path]::getrandomfilename", "[io.path]::gettemppath",
        "[net.securityprotocoltype]::tls12", "[net.servicepointmanager]::securityprotocol", "[scriptblock]::create",
        # of texts and tables
        "contains", "containskey", "replace", "split", "tolowerinvariant", "trimend",
        # Get-FileHash, Get-Command, a switch
        "hash", "path", "ispresent",
        # what a script says of its parameters
        "ast", "name", "parameters", "paramblock", "userpath", "variablepath",
        # $ExecutionContext.SessionState.Path
        "getunresolvedproviderpathfrompspath", "sessionstate",
        # a Sigstore bundle
        "messagesignature", "signature",
    }
)  # fmt: skip
"""Members, in small letters."""

VARIABLES: Final = frozenset(
    {
        "_", "erroractionpreference", "executioncontext", "false", "lastexitcode", "global:lastexitcode", "null",
        "progresspreference", "psnativecommanduseerroractionpreference", "true",
        "iswindows",  # PowerShell 7: asked only where the script has seen that it is there
        "env:localappdata", "env:path", "env:processor_architecture", "env:processor_architew6432",
    }
)  # fmt: skip
"""Variables that PowerShell or Windows sets or reads, in small letters."""
