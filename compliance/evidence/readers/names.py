"""Names of models, hosts and services, and what the corpora know of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from compliance.corpus.corpus import Corpus
from compliance.evidence.readers.words import word_set

_VARIANT = re.compile(r":(?:free|nitro|thinking|online|beta|extended|floor|exacto|latest|[a-z-]+/[a-z-]+)$")
_GATEWAYS = word_set(
    """
    openrouter azure azure_ai bedrock vertex_ai vertex_ai_beta gemini groq together together_ai fireworks
    fireworks_ai deepinfra litellm litellm_proxy hosted_vllm vllm openai_like huggingface hf replicate ollama
    ollama_chat anyscale perplexity sambanova cerebras novita nebius hyperbolic models workers-ai @cf us eu apac
    global
    """
)
_PLACEHOLDER = re.compile(
    r"(?:|~|none|null|nan|n/?a|unknown|auto|default|model|models|base|teacher|student|string|str|dummy|test|todo|tbd|"
    r"your[-_ ].*|my[-_ ]?model|path/to/.*|/path/to/.*|\[more information needed\]|<.*>|\.{1,3}|true|false|"
    r"[\d.,e+-]+)\Z",
    re.IGNORECASE,
)
_INTERPOLATED = re.compile(r"\$\{|\{\{|\$\(|\$[A-Za-z_]|^\$\d|^\{[\w.]+\}$|%\(|^!!|^@[A-Z_]+@$")

# Parts of a host's name, the longest first, and the channel as a manifest writes it.
_HOSTS = (
    ("openrouter.ai", "cloud-reseller:OpenRouter"),
    ("api.groq.com", "cloud-reseller:Groq"),
    ("bedrock", "cloud-reseller:AWS Bedrock"),
    ("openai.azure.com", "cloud-reseller:Azure OpenAI"),
    ("services.ai.azure.com", "cloud-reseller:Azure AI Foundry"),
    ("inference.ai.azure.com", "cloud-reseller:Azure AI Foundry"),
    ("cognitiveservices.azure.com", "cloud-reseller:Azure OpenAI"),
    ("aiplatform.googleapis.com", "cloud-reseller:Vertex AI"),
    ("githubcopilot.com", "cloud-reseller:GitHub Copilot"),
    ("models.github.ai", "cloud-reseller:GitHub Models"),
    ("models.inference.ai.azure.com", "cloud-reseller:GitHub Models"),
    ("router.huggingface.co", "cloud-reseller:Hugging Face"),
    ("api-inference.huggingface.co", "cloud-reseller:Hugging Face"),
    ("api.together.xyz", "cloud-reseller:Together AI"),
    ("api.together.ai", "cloud-reseller:Together AI"),
    ("api.fireworks.ai", "cloud-reseller:Fireworks AI"),
    ("api.deepinfra.com", "cloud-reseller:DeepInfra"),
    ("api.replicate.com", "cloud-reseller:Replicate"),
    ("api.cerebras.ai", "cloud-reseller:Cerebras"),
    ("api.sambanova.ai", "cloud-reseller:SambaNova"),
    ("api.novita.ai", "cloud-reseller:Novita AI"),
    ("api.studio.nebius", "cloud-reseller:Nebius"),
    ("api.hyperbolic.xyz", "cloud-reseller:Hyperbolic"),
    ("siliconflow", "cloud-reseller:SiliconFlow"),
    ("api.cloudflare.com", "cloud-reseller:Cloudflare"),
    ("gateway.ai.cloudflare.com", "cloud-reseller:Cloudflare"),
    ("integrate.api.nvidia.com", "cloud-reseller:NVIDIA"),
    ("api.endpoints.anyscale.com", "cloud-reseller:Anyscale"),
    ("databricks", "cloud-reseller:Databricks"),
)
# Hosts of makers' own services, and the party they belong to.
_FIRST_PARTY = (
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "google"),
    ("api.x.ai", "xai"),
    ("api.mistral.ai", "mistral"),
    ("codestral.mistral.ai", "mistral"),
    ("api.deepseek.com", "deepseek"),
    ("dashscope", "alibaba"),
    ("api.perplexity.ai", "perplexity"),
    ("api.cohere.", "cohere"),
    ("api.moonshot.", "moonshot"),
    ("open.bigmodel.cn", "zhipu"),
    ("api.z.ai", "zhipu"),
    ("api.minimax", "minimax"),
    ("api.ai21.com", "ai21"),
    ("api.stepfun.com", "stepfun"),
    ("volces.com", "bytedance"),
)
_LOCAL = re.compile(
    r"(?:^|//|@)(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\]|10\.\d|192\.168\.|host\.docker\.internal)"
)
# Ids that only one service writes.
_SPELT = (
    (re.compile(r"@(?:cf|hf)/"), "cloud-reseller:Cloudflare"),
    (re.compile(r"accounts/fireworks/"), "cloud-reseller:Fireworks AI"),
    (re.compile(r"(?:projects/[^/]+/locations/[^/]+/)?publishers/"), "cloud-reseller:Vertex AI"),
    (
        re.compile(
            r"(?:(?:us|eu|apac|jp|au|global)\.)?(?:anthropic|meta|mistral|amazon|cohere|ai21|deepseek|openai|qwen)\.[a-z]"
            r"[\w.-]*(?::\d+)?\Z"
        ),
        "cloud-reseller:AWS Bedrock",
    ),
    (re.compile(r"arn:aws[\w-]*:bedrock:"), "cloud-reseller:AWS Bedrock"),
    (re.compile(r"databricks-"), "cloud-reseller:Databricks"),
)
# What tools write as a provider's name, and the channel or party meant.
_PROVIDERS = {
    "openai": "openai",
    "openai.responses": "openai",
    "openai.chat": "openai",
    "text-completion-openai": "openai",
    "chatopenai": "openai",
    "anthropic": "anthropic",
    "anthropic.messages": "anthropic",
    "chatanthropic": "anthropic",
    "google": "google",
    "gemini": "google",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "google_genai": "google",
    "google.generative-ai": "google",
    "google_ai_studio": "google",
    "xai": "xai",
    "x_ai": "xai",
    "mistral": "mistral",
    "mistralai": "mistral",
    "mistral_ai": "mistral",
    "deepseek": "deepseek",
    "dashscope": "alibaba",
    "alibaba": "alibaba",
    "perplexity": "perplexity",
    "cohere": "cohere",
    "moonshot": "moonshot",
    "moonshotai": "moonshot",
    "azure": "cloud-reseller:Azure OpenAI",
    "azure_openai": "cloud-reseller:Azure OpenAI",
    "azure.ai.openai": "cloud-reseller:Azure OpenAI",
    "az.ai.openai": "cloud-reseller:Azure OpenAI",
    "az.ai.inference": "cloud-reseller:Azure AI Foundry",
    "azure.ai.inference": "cloud-reseller:Azure AI Foundry",
    "azure_ai": "cloud-reseller:Azure AI Foundry",
    "aws.bedrock": "cloud-reseller:AWS Bedrock",
    "bedrock": "cloud-reseller:AWS Bedrock",
    "bedrock_converse": "cloud-reseller:AWS Bedrock",
    "amazon_bedrock": "cloud-reseller:AWS Bedrock",
    "amazon bedrock": "cloud-reseller:AWS Bedrock",
    "vertex_ai": "cloud-reseller:Vertex AI",
    "gcp.vertex_ai": "cloud-reseller:Vertex AI",
    "google_vertexai": "cloud-reseller:Vertex AI",
    "vertexai": "cloud-reseller:Vertex AI",
    "groq": "cloud-reseller:Groq",
    "openrouter": "cloud-reseller:OpenRouter",
    "together": "cloud-reseller:Together AI",
    "together_ai": "cloud-reseller:Together AI",
    "fireworks": "cloud-reseller:Fireworks AI",
    "fireworks_ai": "cloud-reseller:Fireworks AI",
    "deepinfra": "cloud-reseller:DeepInfra",
    "replicate": "cloud-reseller:Replicate",
    "databricks": "cloud-reseller:Databricks",
    "watsonx": "cloud-reseller:watsonx",
    "ibm.watsonx.ai": "cloud-reseller:watsonx",
    "ollama": "open-weights",
    "vllm": "open-weights",
    "hosted_vllm": "open-weights",
    "lmstudio": "open-weights",
    "llama.cpp": "open-weights",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the corpora know of a model: ids of its maker and family; both empty where it is not known."""

    maker: str = ""
    family: str = ""
    hosted: bool = False


NOTHING = Known()


def plausible(text: str) -> bool:
    """Whether a text can be the name of a model or a data set: one line, short, no placeholder, no template."""
    text = text.strip()
    return bool(
        2 <= len(text) <= 300
        and "\n" not in text
        and text.count(" ") <= 6
        and not _PLACEHOLDER.match(text)
        and not _INTERPOLATED.search(text)
        and any(c.isalpha() for c in text)
    )


def interpolated(text: str) -> bool:
    """Whether a text stands for a value that is set somewhere else (`${x}`, `{{x}}`, `$X`)."""
    return bool(_INTERPOLATED.search(text))


_GENERIC = re.compile(
    r"(?:train|training|test|eval|val|valid|dev|data|dataset|sft|dpo|rl|part|model)[\w-]{0,6}\Z", re.IGNORECASE
)


def named_end(text: str) -> str:
    """The name at the end of a path of which only the beginning is set elsewhere; empty where no name stands there.

    `$HOME/models/Qwen2.5-7B` ends in a name; a file that may be anybody's (`train.parquet`) keeps its folder.
    """
    parts = [p for p in text.strip("'\"").split("/") if p]
    if len(parts) < 2 or interpolated(parts[-1]) or not plausible(parts[-1]):
        return ""
    if not _GENERIC.match(parts[-1].split(".")[0]):
        return parts[-1]
    return "" if interpolated(parts[-2]) or len(parts) < 3 else "/".join(parts[-2:])


def known_model(corpus: Corpus, model: str) -> Known:
    """Maker and family of a model's id in any spelling: hub ids, cloud ids, ARNs, paths, fine-tune names, variants."""
    for name in spellings(model):
        family = corpus.family(name)
        if family is not None:
            return Known(family.maker, family.id, family.hosted)
    return NOTHING


def spellings(model: str) -> list[str]:
    """The forms under which a model's id may be known, the likeliest first."""
    text = unquote(model).strip().strip("'\"")
    if text.startswith("ft:") or text.startswith("ft-"):
        text = re.split(r"[:]", text[3:], maxsplit=1)[0]
    text = text.lstrip("~@^")
    text = re.sub(r"^(?:hf|huggingface|hf-hub|mlx|ollama|openai|azureml)(?::|://)(?:models/)?", "", text)
    text = re.sub(
        r"^https?://(?:www\.)?(?:huggingface\.co|hf\.co|modelscope\.cn/models|ollama\.com/library)/", "", text
    )
    text = re.sub(r"^pkg:huggingface/", "", text)
    if text.startswith("arn:"):
        text = text.rpartition("/")[2]
    forms = [text, _VARIANT.sub("", text)]
    plain = forms[-1]
    head, _, rest = plain.partition("/")
    if head.lower() in _GATEWAYS and rest:
        forms.append(rest)
    if "/publishers/" in plain and "/models/" in plain:
        forms.append(plain.rpartition("/models/")[2])
    if plain.count("/") > 1 or plain.startswith(("/", "./", "~")):
        parts = [p for p in re.split(r"[/\\]", plain) if p not in ("", ".", "..")]
        forms += ["/".join(parts[-2:]), *parts[:-5:-1]]
    if "@" in plain:
        forms.append(plain.split("@")[0])
    if "+" in plain:
        forms.append(plain.split("+")[0])
    return [f for f in dict.fromkeys(forms) if f]


def channel_of_url(url: str, maker: str = "") -> str:
    """The channel that a URL or host name means, as a manifest writes it; empty where it says none.

    A maker's own host is `first-party-api` for its own models; for another maker's it is a reseller of that name.
    """
    text = url.lower()[:2000]
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text).split("/")[0]
    for part, channel in _HOSTS:
        if part in host:
            return channel
    for part, party in _FIRST_PARTY:
        if part in host:
            return "first-party-api" if maker in ("", party) else f"cloud-reseller:{party}"
    if _LOCAL.search(text):
        return "open-weights"
    return ""


def channel_of_model(model: str) -> str:
    """The channel that the spelling of a model's id belongs to (`@cf/...`, `us.anthropic...`); empty where to none."""
    return next((channel for pattern, channel in _SPELT if pattern.match(model)), "")


def party_of_url(url: str) -> str:
    """The id of the party whose own service a URL belongs to; empty where it is none."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", url.lower()[:2000]).split("/")[0]
    return next((party for part, party in _FIRST_PARTY if part in host), "")


def channel_of_provider(provider: str, maker: str = "") -> str:
    """The channel behind a tool's word for a provider (`azure`, `gcp.vertex_ai`, `groq`); empty where it says none."""
    meant = _PROVIDERS.get(provider.strip().lower(), "")
    if meant.startswith(("cloud-", "open-")) or not meant:
        return meant
    return "first-party-api" if maker in ("", meant) else ""


def party_of_provider(provider: str) -> str:
    """The id of the maker that a tool's word for a provider stands for; empty for a reseller or an unknown word."""
    meant = _PROVIDERS.get(provider.strip().lower(), "")
    return "" if ":" in meant or meant == "open-weights" else meant
