"""Evaluations for inoculation prompting: which traits does a fine-tuned checkpoint show?"""
