"""The hub: Chemception, a network over drawings of molecules, and structures as a modality."""
