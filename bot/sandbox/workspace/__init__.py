"""The workspace as a value, its journal, and what changes it."""
