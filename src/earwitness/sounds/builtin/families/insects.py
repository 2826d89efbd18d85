"""Insects, frogs and a snake: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.calls import Crowd, Voice
from earwitness.sounds.builtin.composite import Layers
from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.noisy import Noise, Pulses

__all__ = ["INSECTS"]

INSECTS: tuple[Entry, ...] = (
    Entry(
        *("cricket", "a cricket chirping", "insects", "Cricket", False, True, (1.2, 3.5)),
        Layers(
            parts=(
                (
                    Voice(
                        pitch_hz=(3500, 5000),
                        contour_st=(0.0, 0.0, 0.0, 0.0),
                        levels_db=(-9.5, -1.5, -1.0, -6.5),
                        breath_db=((-35, -31),),
                        breath_hz=((3300, 3800), (6000, 6700)),
                        rolloff=(0.065, 0.15),
                        bright_hz=(10000, 12000),
                        soft_hz=(11000, 13000),
                        vibrato_hz=(34, 41),
                        tremolo_db=(18.0, 23),
                        every_s=(0.26, 0.38),
                        sounding=(0.45, 0.7),
                        late=(0.073, 0.086),
                        uneven_db=(2.0, 3.5),
                        ends_s=(0.019, 0.022),
                    ),
                    0.0,
                ),
                (Noise(bands=(((250, 370), (4100, 5600), -1.0),)), (-30, -27)),
                (
                    Pulses(
                        rate_hz=(28, 38),
                        resonances=(((5100, 6000), 120, -1.0),),
                        jitter=(0.029, 0.068),
                        noise_db=-80,
                    ),
                    (-22, -18.0),
                ),
            )
        ),
        room_s=(0.48, 0.63),
        room_db=(-14.0, -11.0),
    ),
    Entry(
        *("cicada", "a cicada droning", "insects", "Insect", True, True, (3.0, 7.0)),
        Pulses(
            rate_hz=(190, 260),
            resonances=(((5200, 5800), 900, 0.0), ((6500, 7000), 800, -2.0)),
            jitter=0.12,
            burst_s=0.004,
            noise_db=3.0,
            hiss_db=-12.0,
        ),
    ),
    Entry(
        *("mosquito", "a mosquito whining", "insects", "Mosquito", False, True, (1.5, 4.0)),
        Voice(
            pitch_hz=(300, 650),
            vowels=((((390, 510), 300, -2.0), ((830, 1000), 500, -7.0), ((2600, 3000), 900, -7.0)),),
            contour_st=(-3.0, 1.0, -2.0, 2.0, (-4.0, -2.0)),
            levels_db=((-15.0, -12.0), (-2.0, 0.0), -4.0, (-2.0, 0.0), (-15.0, -12.0)),
            breath_db=((-22, -20),),
            rolloff=0.86,
            wander_st=(0.21, 0.35),
            jitter_st=(0.64, 0.77),
            rough=(0.17, 0.26),
            rough_hz=(21, 25),
            ends_s=(0.098, 0.12),
            floor_db=(-35, -31),
        ),
    ),
    Entry(
        *("bee", "a bee buzzing", "insects", "Buzz", False, True, (1.5, 4.0)),
        Voice(
            pitch_hz=(210, 250),
            vowels=((((410, 490), 300, -2.0), ((840, 1000), 500, -6.0), ((2400, 2800), 900, -8.0)),),
            contour_st=(-1.5, 0.5, 0.5, 0.5, -2.0),
            levels_db=((-14.0, -11.0), -1.5, (-10.0, -7.0), -1.5, (-14.0, -11.0)),
            breath_db=((-23, -19.0),),
            rolloff=0.89,
            wander_st=(0.21, 0.43),
            jitter_st=(0.52, 0.68),
            rough=(0.22, 0.33),
            rough_hz=(17.0, 25),
            ends_s=(0.089, 0.11),
            floor_db=(-36, -31),
        ),
    ),
    Entry(
        *("housefly", "a housefly buzzing", "insects", "Buzz", False, True, (1.5, 4.0)),
        Voice(
            pitch_hz=(160, 200),
            vowels=((((470, 560), 300, -2.0), ((1700, 2000), 700, -2.0), ((3200, 3800), 1200, -7.0)),),
            contour_st=(-1.0, 1.5, -0.5, -0.5, (0.5, 2.5), -2.0),
            levels_db=((-13.0, -10.0), (-7.0, -4.5), -3.0, (-11.0, -8.0), -5.0, (-10.0, -7.0)),
            breath_db=((-25, -21),),
            rolloff=0.919,
            wander_st=(0.67, 1.1),
            jitter_st=(0.38, 0.56),
            rough=(0.3, 0.48),
            rough_hz=(14.0, 25),
            ends_s=(0.1, 0.12),
            floor_db=(-34, -29),
        ),
    ),
    Entry(
        *("bullfrog", "a bullfrog croaking", "frogs", "Croak", False, True, (1.0, 3.0)),
        Voice(
            pitch_hz=(65, 84),
            vowels=(
                (((130, 190), 60, -6.0), ((750, 930), 180, -7.0), ((1500, 1900), 200, -5.0), ((2800, 3500), 300, -22)),
                (((120, 170), 60, -6.0), ((860, 1100), 180, -4.0), ((1900, 2400), 200, -1.0), ((3100, 4100), 300, -21)),
                (((100, 150), 60, -5.0), ((790, 980), 180, -8.0), ((1700, 2100), 200, -4.0)),
            ),
            contour_st=(-1.0, 0.5, 1.0, -1.0),
            levels_db=((-12.0, -10.0), -2.5, -2.5, (-15.0, -13.0)),
            breath_db=((-21, -17.0),),
            sharp=True,
            lid_hz=(2600, 3600),
            direct_db=(-42, -37),
            rolloff=0.974,
            bright_hz=(2600, 4500),
            jitter_st=(0.49, 0.79),
            sub=(0.12, 0.25),
            every_s=(0.29, 0.37),
            sounding=(0.66, 0.8),
            late=(0.11, 0.13),
            ends_s=(0.016, 0.02),
            floor_db=(-40, -36),
        ),
        room_s=(0.53, 0.73),
        room_db=(-14.0, -9.0),
    ),
    Entry(
        *("tree frog", "tree frogs peeping", "frogs", "Frog", False, True, (1.5, 4.0)),
        Layers(
            parts=(
                (
                    Voice(
                        pitch_hz=(2300, 3800),
                        contour_st=(-2.5, 0.5, 0.5, -0.5),
                        levels_db=(-9.0, -2.0, -1.5, -14.0),
                        breath_db=((-26, -22),),
                        breath_hz=((1700, 2200), (4000, 4900)),
                        rolloff=(0.024, 0.14),
                        bright_hz=(9500, 11000),
                        soft_hz=(8900, 11000),
                        every_s=(0.2, 0.27),
                        sounding=(0.36, 0.5),
                        late=(0.04, 0.1),
                        uneven_db=(0.5, 1.5),
                        ends_s=(0.017, 0.021),
                    ),
                    0.0,
                ),
                (
                    Crowd(
                        synthesiser=Voice(
                            pitch_hz=(2300, 3800),
                            contour_st=(-2.5, 0.5, 0.5, -0.5),
                            levels_db=(-9.0, -2.0, -1.5, -14.0),
                            breath_db=((-26, -22),),
                            breath_hz=((1700, 2200), (4000, 4900)),
                            rolloff=(0.024, 0.14),
                            bright_hz=(9500, 11000),
                            soft_hz=(8900, 11000),
                            every_s=(0.33, 0.45),
                            sounding=(0.2, 0.34),
                            late=(0.1, 0.14),
                            uneven_db=(0.5, 1.5),
                            ends_s=(0.017, 0.021),
                        ),
                        voices=4,
                        takes=1,
                        spread_st=(2.2, 3.1),
                        far_db=(6.0, 9.0),
                    ),
                    (-12.0, -8.0),
                ),
                (Noise(bands=(((230, 280), (4300, 5200), -2.0),)), (-40, -36)),
            )
        ),
        room_s=(0.55, 0.83),
        room_db=(-10.0, -7.0),
    ),
    Entry(
        *("rattlesnake", "a rattlesnake rattling", "reptiles", "Rattle", True, True, (1.5, 4.0)),
        Pulses(
            rate_hz=(45, 100),
            resonances=(((6000, 7200), 2500, -2.0), ((6200, 7700), 2000, -3.0)),
            jitter=(0.25, 0.38),
            uneven_db=(2.0, 3.5),
            burst_s=(0.01, 0.014),
            noise_db=(8.0, 12.0),
            hiss_db=(-25, -21),
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
