"""From the text of a settings file to profiles."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_proxy.config.model import Auth, Config, Endpoints, Network, Profile, SecretRef
from mcp_proxy.config.parse import KEYS, parse_config
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.model import Policy, ResourceScope

IG = """
default_profile = "ig-dev"

[profiles.ig-dev]
url = "https://ig.example/integrations/mcp/"
account = "jo"
preset = "integration-gateway"
environment = "dev"
contact = "the integration team, ext. 12"

[profiles.ig-dev.auth]
grant = "authorization-code"
client_id = "mcp"
client_secret = "env:IG_SECRET"
token_endpoint_auth_method = "client_secret_post"
redirect_uri = "http://localhost:6545/oauth/callback"
scope = "read  write"
resource = "https://ig.example/integrations/mcp/"
browser = false
login_timeout_seconds = 60

[profiles.ig-dev.auth.endpoints]
authorization_endpoint = "https://ig.example/o/authorize/"
token_endpoint = "https://ig.example/o/token/"
revocation_endpoint = "https://ig.example/o/revoke_token/"

[profiles.ig-dev.permissions]
allow = ["list_*", "read_*"]
deny = ["*_admin"]
read_only = true
classes = ["read", "debug", "read"]
strict = true
trust_annotations = true
execute = true
pins = "hold"
without_resource = "none"

[[profiles.ig-dev.permissions.resource]]
kind = "workspace"
id = "w"
level = "write"

[[profiles.ig-dev.permissions.resource]]
kind = "project"
id = "p"
level = "read"
within = "w"

[profiles.ig-dev.network]
headers = { X-Tenant = "blue", X-Api-Key = "keyring:ig" }
ca_bundle = "corporate.pem"
connect_timeout_seconds = 2.5
call_timeout_seconds = 900
user_agent = "agent/2 (desk)"
max_answer_bytes = 1000
"""

AUTH = '[profiles.demo]\nurl = "https://a.example/mcp"\n[profiles.demo.auth]\n'
DEMO = '[profiles.demo]\nurl = "https://a.example/mcp"\n'
RESOURCE = DEMO + '[[profiles.demo.permissions.resource]]\nkind = "workspace"\n'
SECOND = '[[profiles.demo.permissions.resource]]\nkind = "project"\nid = "p"\n'


def parsed(text: str) -> Config:
    return parse_config(text, where="~/config.toml")


def complaint(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    return caught.value


def test_everything_a_profile_says_is_kept() -> None:
    """systems.md §1.2 and §1.3: a whole Integration Gateway profile."""
    expected = Profile(
        name="ig-dev",
        url="https://ig.example/integrations/mcp/",
        account="jo",
        preset="integration-gateway",
        environment="dev",
        contact="the integration team, ext. 12",
        auth=Auth(
            client_id="mcp",
            client_secret=SecretRef("env", "IG_SECRET"),
            token_endpoint_auth_method="client_secret_post",
            redirect_uri="http://localhost:6545/oauth/callback",
            scope="read write",
            resource="https://ig.example/integrations/mcp/",
            endpoints=Endpoints(
                authorization_endpoint="https://ig.example/o/authorize/",
                token_endpoint="https://ig.example/o/token/",
                revocation_endpoint="https://ig.example/o/revoke_token/",
            ),
            browser=False,
            login_timeout_seconds=60.0,
        ),
        permissions=Policy(
            allow=("list_*", "read_*"),
            deny=("*_admin",),
            read_only=True,
            classes=("read", "debug"),
            strict=True,
            trust_annotations=True,
            execute=True,
            pins="hold",
            resource=(
                ResourceScope("workspace", "w", "write"),
                ResourceScope("project", "p", "read", within="w"),
            ),
            without_resource="none",
        ),
        network=Network(
            headers={"X-Tenant": "blue", "X-Api-Key": SecretRef("keyring", "ig")},
            ca_bundle="corporate.pem",
            connect_timeout_seconds=2.5,
            call_timeout_seconds=900.0,
            user_agent="agent/2 (desk)",
            max_answer_bytes=1000,
        ),
    )
    assert parsed(IG) == Config({"ig-dev": expected}, "ig-dev")


def test_a_url_is_enough_and_the_account_is_the_profiles_name() -> None:
    """Ours: two profiles on one gateway are two identities unless they say otherwise."""
    profile = Profile(name="demo", url="https://a.example/mcp", account="demo")
    assert parsed(DEMO) == Config({"demo": profile})


def test_an_empty_file_has_no_profiles() -> None:
    """Ours."""
    assert parsed("") == parsed("[profiles]") == Config()


def test_a_static_token_makes_a_bearer_profile() -> None:
    """systems.md X22: a key needs no OAuth at all."""
    auth = parsed(AUTH + 'token = "@key.txt"').profiles["demo"].auth
    assert auth == Auth(grant="bearer", token=SecretRef("file", "key.txt"))


def test_an_authorization_header_of_ones_own_needs_no_grant() -> None:
    """Ours: gateways with Basic or another scheme."""
    profile = parsed(DEMO + 'network.headers.Authorization = "env:BASIC"').profiles["demo"]
    assert profile.auth == Auth(grant="none")


def test_plain_http_covers_the_endpoints_too() -> None:
    """Ours: one switch for one profile."""
    text = """
        [profiles.demo]
        url = "http://ig.test/mcp"
        auth.endpoints.authorization_endpoint = "http://ig.test/o/authorize/"
        auth.endpoints.token_endpoint = "http://ig.test/o/token/"
        auth.endpoints.issuer = "http://ig.test/o"
        auth.endpoints.registration_endpoint = "http://ig.test/o/register/"
        auth.client_metadata_url = "https://client.example/c.json"
        """
    assert "plain http to ig.test" in str(complaint(text))
    endpoints = parsed(f"{text}\nnetwork.allow_http = true").profiles["demo"].auth.endpoints
    assert endpoints
    assert endpoints.issuer == "http://ig.test/o"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            AUTH + 'cliend_id = "a"',
            "profiles.demo.auth.cliend_id is not a known key; did you mean client_id?",
        ),
        (
            DEMO + 'client_id = "a"',
            "profiles.demo.client_id is not a known key; it belongs in [profiles.demo.auth]",
        ),
        (
            AUTH + 'token_endpoint = "https://a.example/t"',
            (
                "profiles.demo.auth.token_endpoint is not a known key;"
                " it belongs in [profiles.demo.auth.endpoints]"
            ),
        ),
        (
            DEMO + 'permissions.denny = ["a"]',
            "profiles.demo.permissions.denny is not a known key; did you mean deny?",
        ),
        (
            DEMO + 'network.url = "https://a.example"',
            "profiles.demo.network.url is not a known key; it belongs in [profiles.demo]",
        ),
        (
            AUTH + "endpoints.tokenendpoint = 1",
            (
                "profiles.demo.auth.endpoints.tokenendpoint is not a known key;"
                " did you mean token_endpoint?"
            ),
        ),
        (
            DEMO + 'default_profile = "demo"',
            "profiles.demo.default_profile is not a known key; it belongs at the top of the file",
        ),
        (
            'url = "https://a.example"',
            "url is not a known key; it belongs in [profiles.NAME]",
        ),
        ("[profile.demo]", "profile is not a known key; did you mean profiles?"),
        ("[profiles.demo]", "profiles.demo.url is missing"),
        ('profiles.demo = "https://a.example"', "profiles.demo must be a table, written"),
        ("profiles = []", "profiles must be a table, written [profiles], not a list"),
        ('[profiles."a b"]', "profiles.'a b' is not a good profile name"),
        (
            f'default_profile = "demp"\n{DEMO}',
            "default_profile names no profile of this file; did you mean demo?",
        ),
        ('default_profile = "demo"', "default_profile names no profile of this file"),
        (
            DEMO + "permissions.allow = []",
            "profiles.demo.permissions.allow is empty, so that no tool could ever be used",
        ),
        (DEMO + 'permissions.deny = ["["]', "profiles.demo.permissions.deny: '['"),
        (AUTH + 'grant = "bearer"', "profiles.demo.auth.token is missing: grant bearer"),
        (AUTH + 'client_secret = "canary"', "profiles.demo.auth.client_secret must say where"),
        (
            AUTH + 'endpoints.token_endpoint = "https://a.example/t"',
            "profiles.demo.auth.endpoints.authorization_endpoint is missing",
        ),
        (
            DEMO + 'network.headers = { X-A = "1", x-a = "2" }',
            "profiles.demo.network.headers.x-a is there twice, in another spelling",
        ),
        (
            DEMO + "network.call_timeout_seconds = inf",
            "profiles.demo.network.call_timeout_seconds must be a number of seconds above 0",
        ),
        (
            '[profiles.demo]\nurl = "http://a.example/mcp"',
            "profiles.demo.url is plain http to a.example",
        ),
        (DEMO + 'environment = "a b"', "profiles.demo.environment must be one word of up to"),
        (
            DEMO + 'permissions.classes = ["raed"]',
            (
                "profiles.demo.permissions.classes must be one of read, write, delete, execute,"
                " debug, admin, unknown; did you mean read?"
            ),
        ),
        (DEMO + "permissions.classes = []", "profiles.demo.permissions.classes is empty"),
        (
            DEMO + 'permissions = { classes = ["unknown"], strict = true }',
            "profiles.demo.permissions.strict refuses the class unknown, which classes permits",
        ),
        (
            DEMO + 'permissions.pins = "on"',
            "profiles.demo.permissions.pins must be one of off, warn",
        ),
        (
            DEMO + 'permissions.resource = { id = "w" }',
            (
                "profiles.demo.permissions.resource must be a list of tables, written"
                " [[profiles.demo.permissions.resource]], not a table"
            ),
        ),
        (
            RESOURCE + 'id = "w"\nlevl = "read"',
            "profiles.demo.permissions.resource[1].levl is not a known key; did you mean level?",
        ),
        (
            RESOURCE + 'id = "w"\nstrict = true',
            (
                "profiles.demo.permissions.resource[1].strict is not a known key;"
                " it belongs in [profiles.demo.permissions]"
            ),
        ),
        (RESOURCE + 'id = "w"', "profiles.demo.permissions.resource[1].level is missing"),
        (
            RESOURCE + 'id = "w"\nlevel = "read"\n' + SECOND + 'level = "write"\nwithin = "w"',
            (
                "profiles.demo.permissions.resource[2].level exceeds that of the workspace which"
                " holds it: write within read"
            ),
        ),
        (
            DEMO + "network.max_answer_bytes = 0",
            "profiles.demo.network.max_answer_bytes must be a whole number above 0",
        ),
        (
            DEMO + "network.max_answer_bytes = 1.5",
            "profiles.demo.network.max_answer_bytes must be a whole number, not a number",
        ),
        (DEMO + 'network.user_agent = "é"', "profiles.demo.network.user_agent must be up to"),
        (
            DEMO + 'network = { user_agent = "a", headers = { user-agent = "b" } }',
            (
                "profiles.demo.network.headers.user-agent and profiles.demo.network.user_agent say"
                " the same twice"
            ),
        ),
        ("[profiles", "The file is not valid TOML: "),
        (f"x = {'[' * 5000}", "The file is not valid TOML: "),
        (f"x = {'9' * 5000}", "The file is not valid TOML: "),
    ],
)
def test_a_complaint_names_the_key_and_its_hint_the_file(text: str, message: str) -> None:
    """Issue 2 "Bad input": the key path and the nearest known name."""
    error = complaint(text)
    assert str(error).startswith(message)
    assert "~/config.toml" in str(error.hint)
    assert "canary" not in f"{error} {error.hint}"


def test_a_profile_with_a_dot_in_its_name_is_named_in_quotes() -> None:
    """TOML 1.0 "Keys"."""
    error = complaint('[profiles."ig.eu"]\nurl = "https://a.example"\nscope = "a"')
    assert str(error) == (
        "profiles.'ig.eu'.scope is not a known key; it belongs in [profiles.'ig.eu'.auth]"
    )


PATHS = [
    f"{place}.{key}".lstrip(".").replace("NAME", "demo")
    for place, keys in KEYS.items()
    for key in (*keys, "odd")
]
VALUES = [
    '"https://a.example/mcp"',
    '"env:A"',
    '"bearer"',
    '""',
    '"\\u0000"',
    '["a*"]',
    '["["]',
    "[1]",
    "{}",
    '{ a = "b" }',
    "true",
    "7",
    "-1",
    "nan",
    "2026-11-22",
    "07:30:00",
]


SETTINGS = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(VALUES), max_size=8).map(
    lambda settings: "\n".join(f"{path} = {value}" for path, value in settings.items())
)


@given(SETTINGS | st.text())
def test_a_mistake_never_ends_in_a_traceback(text: str) -> None:
    """Ours: any file is a configuration or one complaint."""
    with suppress(ConfigError):
        assert isinstance(parsed(text), Config)
