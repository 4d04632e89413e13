"""The paper's interface layer: what a person or an agent asks in, and gets back in."""
