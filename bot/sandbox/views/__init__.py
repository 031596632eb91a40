"""Modals and Homes: what is open, what is filled in, and what lets an app open one."""
