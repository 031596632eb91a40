"""The package that each of LangChain's providers needs, looked for without importing anything.

LangChain's own list costs a second and a half to import; a test holds this one to it.
"""

from __future__ import annotations

import importlib.util
from difflib import get_close_matches
from typing import Final

PACKAGES: Final = {
    "anthropic": "langchain_anthropic",
    "anthropic_bedrock": "langchain_aws",
    "azure_ai": "langchain_azure_ai",
    "azure_openai": "langchain_openai",
    "baseten": "langchain_baseten",
    "bedrock": "langchain_aws",
    "bedrock_converse": "langchain_aws",
    "bedrock_mantle_anthropic": "langchain_aws",
    "bedrock_mantle_openai": "langchain_aws",
    "cohere": "langchain_cohere",
    "deepseek": "langchain_deepseek",
    "fireworks": "langchain_fireworks",
    "google_anthropic_vertex": "langchain_google_vertexai",
    "google_genai": "langchain_google_genai",
    "google_vertexai": "langchain_google_vertexai",
    "groq": "langchain_groq",
    "huggingface": "langchain_huggingface",
    "ibm": "langchain_ibm",
    "langsmith": "langchain_openai",
    "litellm": "langchain_litellm",
    "meta": "langchain_meta",
    "mistralai": "langchain_mistralai",
    "nvidia": "langchain_nvidia_ai_endpoints",
    "ollama": "langchain_ollama",
    "openai": "langchain_openai",
    "openrouter": "langchain_openrouter",
    "perplexity": "langchain_perplexity",
    "together": "langchain_together",
    "upstage": "langchain_upstage",
    "xai": "langchain_xai",
}


class UnknownProvider(Exception):
    """LangChain has no provider of this name; `near` comes closest."""

    def __init__(self, name: str) -> None:
        super().__init__("no provider of this name")
        self.near = next(iter(get_close_matches(name, PACKAGES, n=1)), None)


def find_missing_package(provider: str) -> str | None:
    """Name the package that pip has to install for this provider; None if it is there."""
    try:
        module = PACKAGES[provider]
    except KeyError:
        raise UnknownProvider(provider) from None
    return None if importlib.util.find_spec(module) is not None else module.replace("_", "-")
