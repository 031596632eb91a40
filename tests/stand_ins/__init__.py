"""Servers on free ports of this machine that speak our services' protocols, and count what they are asked."""
