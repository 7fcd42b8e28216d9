"""Stands in for vLLM where a server is started: see api_server.py."""
