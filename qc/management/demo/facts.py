"""What the suppliers found and did, for their answers."""

from __future__ import annotations

from qc.management.demo.answers import Facts

BLAMED_FIRST = "Operator error: the operator chose the wrong holding pressure after the mould was cleaned in August."
BLAMED_AGAIN = "Operator error: the operator mistook the pressure table of the sister mould and has been warned."

CAVITY = Facts(
    measure="Cavity 3 blocked in the tool; stock sorted.",
    checked=6800,
    bad=81,
    cause="unknown",
    cause_evidence="Shift log of 24 August.",
    escape="The check at the press did not look at the rib.",
    escape_evidence="Check list of the press.",
    systemic="Instruction was not read.",
    action="-",
    escape_action="-",
    trial="-",
    responsible="G. Veit",
    first_lot="OVM-2642",
    look_across="-",
)
CONNECTORS = Facts(
    measure="All stock of 7-40-118 blocked and measured.",
    checked=9400,
    bad=205,
    cause="The guide of insertion station 4 was worn by 0.2 mm and let pins 9 to 12 tilt.",
    cause_evidence="New guide: 0 of 500 bad. Worn guide put back: 11 of 500.",
    escape="Coplanarity is measured at the corner pins only.",
    escape_evidence="Twenty bad parts passed the check again.",
    systemic="Guides have no wear limit in the maintenance plan.",
    action="Hardened guide with a wear sensor that stops the press.",
    escape_action="Camera measures all 24 pins.",
    trial="2,000 parts: 0 bad (before: 44).",
    responsible="O. Tarn",
    first_lot="THC-2640A",
    look_across="Guides of tools 4 to 9 measured, two replaced.",
)
SHAFTS = Facts(
    measure="Shafts in stock checked with the gauge.",
    checked=800,
    bad=12,
    cause="Shafts touch each other in the transport box when a divider is missing.",
    cause_evidence="Box without divider driven for an hour: 3 of 40 with a nick.",
    escape="Gauging is before packing.",
    escape_evidence="Flow chart of the cell.",
    systemic="Boxes are not checked when they come back.",
    action="Boxes with fixed dividers; thread caps.",
    escape_action="Caps are counted at packing.",
    trial="Ten boxes driven for a day: 0 of 400.",
    responsible="J. Quillon",
    first_lot="QSW-2645",
    look_across="Caps on all threaded shafts.",
    strength="eliminate",
)
CASTINGS = Facts(
    measure="Stock X-rayed, porous castings scrapped.",
    checked=1460,
    bad=71,
    cause="Degassing of the melt was cut from 12 to 7 minutes when the rotor failed.",
    cause_evidence="Density index 6 % with 7 minutes, 2 % with 12.",
    escape="X-ray is one in forty at the supplier.",
    escape_evidence="Record of July: 12 X-rays a lot.",
    systemic="A failed rotor stops nothing.",
    action="Second rotor; the furnace cannot tap before 12 minutes.",
    escape_action="X-ray one in ten for three months.",
    trial="Two heats: density index 2 %.",
    responsible="A. Marr",
    first_lot="HMC-2633",
    look_across="Furnace 2 has the same lock.",
    strength="poka_yoke",
)
