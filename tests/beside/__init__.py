"""LiteLLM's integrations beside those of the same name here: `nox -s beside`.

Both sides make the same calls to the same scripted model and send what they have to one recorder on
loopback, which stands for every host. What each side said is found by words and numbers that stand
nowhere else, so that nobody judges by hand.
"""
