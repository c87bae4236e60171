"""The few colours that carry a meaning: told apart by people who confuse red and green, readable in light and dark.

Grafana's named colours follow the theme. A colour never stands alone: a number or a word beside it says the same.
"""

GOOD = "blue"
WARNING = "orange"
BAD = "red"
UNKNOWN = "#808080"
PLAIN = "text"

# Lines whose names are known beforehand (Okabe and Ito's palette, chosen for colour-blind readers).
SKY = "#56B4E9"
AMBER = "#E69F00"
VERMILION = "#D55E00"
GREEN = "#009E73"
PINK = "#CC79A7"
GREY = "#808080"
