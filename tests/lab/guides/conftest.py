import sys
from pathlib import Path

GUIDES = Path(__file__).parents[3] / "guides"

# As where a guide is run: its folder is on the path.
sys.path.insert(0, str(GUIDES))
