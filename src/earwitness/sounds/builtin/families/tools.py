"""Household machines and tools: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.composite import Layers, Repeated
from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.motors import Engine, Motor
from earwitness.sounds.builtin.noisy import Bursts, Noise, Pulses
from earwitness.sounds.builtin.struck import Strikes
from earwitness.sounds.builtin.tonal import Timbre, Tone

__all__ = ["TOOLS"]

TOOLS: tuple[Entry, ...] = (
    Entry(
        *("vacuum cleaner", "a vacuum cleaner running", "appliances", "Vacuum cleaner", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Motor(
                        speed_hz=((315, 400),),
                        orders=((1.0, (-7.2, -4.0)), (2.0, (-14, -7.9)), (3.0, (-25, -17)), (7.0, (-18, -8.0))),
                        flutter=(0.0039, 0.013),
                        flutter_hz=(11, 22),
                        rough=(0.2, 0.56),
                        brush_db=(-16, -1.7),
                        brush_order=(2.2, 6.0),
                        case=(((360, 560), 300.0, (-5.7, 3.9)), ((1800, 2700), 1000.0, (-3.9, 7.3))),
                    ),
                    0.0,
                ),
                (Noise(bands=(((150, 320), (4000, 6000), 0.0),)), (0.0, 7.2)),
            )
        ),
        room_s=(0.18, 0.29),
        room_db=(-15, -9.9),
    ),
    Entry(
        *("hair dryer", "a hair dryer blowing", "appliances", "Hair dryer", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Motor(
                        speed_hz=((240, 300),),
                        orders=((1.0, (-4.1, -2.3)), (2.0, (-14, -9.7)), (3.0, (-15, -10)), (7.0, (-11, -6.0))),
                        flutter=(0.0033, 0.0053),
                        flutter_hz=(11, 17),
                        rough=(0.21, 0.36),
                        brush_db=(-3.7, -0.15),
                        brush_order=(2.8, 5.9),
                        case=(((460, 590), 300.0, (-3.6, 0.55)), ((1800, 2200), 1000.0, (0.3, 3.9))),
                    ),
                    0.0,
                ),
                (Noise(bands=(((260, 450), (4200, 5300), 0.0),)), (2.5, 5.5)),
            )
        ),
        room_s=(0.21, 0.3),
        room_db=(-13, -9.6),
    ),
    Entry(
        *("blender", "a blender whirring", "appliances", "Blender", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Motor(
                        speed_hz=((185, 335),),
                        orders=(
                            (1.0, (-5.6, -2.6)),
                            (2.0, (-17, -11)),
                            (3.0, (-11, -4.9)),
                            (5.0, (-20, -13)),
                            (8.0, (-15, -7.3)),
                        ),
                        flutter=(0.0043, 0.011),
                        flutter_hz=(10, 17),
                        rough=(0.17, 0.57),
                        brush_db=(-20, -9.0),
                        brush_order=(2.4, 5.1),
                        case=(((360, 500), 300.0, (-15, -7.2)), ((1700, 2300), 1000.0, (-4.3, 4.1))),
                        load=(0.006, 0.012),
                    ),
                    0.0,
                ),
                (Noise(bands=(((150, 260), (2100, 3000), 0.0),)), (0.55, 6.5)),
            )
        ),
        room_s=(0.24, 0.37),
        room_db=(-17, -13),
    ),
    Entry(
        *(
            "electric shaver",
            "an electric shaver buzzing",
            "appliances",
            "Electric shaver, electric razor",
            True,
            True,
            (2.0, 5.0),
        ),
        Layers(
            parts=(
                (
                    Tone(
                        pitch_hz=(95, 200),
                        timbre=Timbre(
                            rolloff=(0.92, 0.96),
                            rough_hz=(41, 68),
                            rough=(0.12, 0.21),
                            formants=(((330, 440), 300, 0.0), ((2000, 2500), 800, 3.0), ((4300, 4900), 1500, 0.0)),
                        ),
                    ),
                    0.0,
                ),
                (Noise(bands=(((1300, 2000), (6400, 7500), 0.0),)), (-12, -8.2)),
            )
        ),
        room_s=(0.24, 0.35),
        room_db=(-10, -7.4),
    ),
    Entry(
        *("sewing machine", "a sewing machine stitching", "appliances", "Sewing machine", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Motor(
                        speed_hz=((10, 13),),
                        orders=((3.0, (-2.5, 0.0)), (1.0, (-16, -9.2)), (12.0, (-18, -13)), (20.0, (-8.8, -1.3))),
                        flutter=(0.0029, 0.0061),
                        flutter_hz=(20, 30),
                        rough=(0.62, 0.9),
                        brush_db=(0.0097, 4.0),
                        brush_order=(3.2, 6.0),
                        case=(((490, 660), 300.0, (-13, -6.2)), ((1300, 1800), 1000.0, (-5.2, 7.6))),
                    ),
                    0.0,
                ),
                (Noise(bands=(((180, 300), (600, 1000), 0.0),)), (-7.7, -0.91)),
            )
        ),
        room_s=(0.21, 0.37),
        room_db=(-11, -8.3),
    ),
    Entry(
        *("dot-matrix printer", "a dot-matrix printer printing", "appliances", "Printer", False, True, (1.5, 4.0)),
        Layers(
            parts=(
                (
                    Repeated(
                        synthesiser=Layers(
                            parts=(
                                (
                                    Tone(
                                        pitch_hz=(690, 1200),
                                        timbre=Timbre(
                                            rolloff=(0.66, 0.83),
                                            rough_hz=(27, 55),
                                            rough=(0.39, 0.7),
                                            air_db=(-3.5, 2.9),
                                        ),
                                    ),
                                    0.0,
                                ),
                                (Noise(bands=(((710, 1000), (4300, 5500), 0.0),)), (-7.9, -1.9)),
                            )
                        ),
                        every_s=(0.28, 0.52),
                        sounding=(0.68, 0.8),
                        jitter=0.25,
                        uneven_db=(4, 7),
                    ),
                    0.0,
                ),
                (
                    Motor(
                        speed_hz=((60, 110),),
                        orders=(
                            (1.0, 0.0),
                            (2.0, (-7.5, -2.7)),
                            (3.0, (-12, -6.3)),
                            (5.0, (-13, -4.6)),
                            (9.0, (-24, -12)),
                        ),
                        flutter=(0.0044, 0.015),
                        flutter_hz=(9.5, 18),
                        rough=(0.22, 0.58),
                        brush_db=(-20, -5.8),
                        brush_order=(1.6, 4.3),
                        case=(((360, 560), 300.0, (-17, -7.6)), ((1500, 2300), 1000.0, (-13, -2.0))),
                    ),
                    (-21, -14),
                ),
            )
        ),
        room_s=(0.21, 0.34),
        room_db=(-17, -12),
    ),
    Entry(
        *("mains hum", "mains hum", "appliances", "Mains hum", True, True, (2.0, 5.0)),
        Tone(
            pitch_hz=(99.8, 120.2), timbre=Timbre(rolloff=(0.5, 0.66), wander_st=0.0, air_db=(-36, -28)), attack_s=0.01
        ),
    ),
    Entry(
        *("chainsaw", "a chainsaw revving", "tools", "Chainsaw", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Engine(
                        speed_hz=((140, 185),),
                        exhaust=(
                            ((95, 110), 80.0, 0.0),
                            ((180, 220), 150.0, (-5.0, -2.5)),
                            ((650, 750), 400.0, (-2.2, 1.0)),
                            ((2000, 2500), 1300.0, (-19, -13)),
                        ),
                        cylinders=1,
                        rough_db=(2.0, 2.6),
                        duty=(0.18, 0.23),
                        puff_db=(-18, -13),
                        puff_s=(0.014, 0.021),
                        tick_db=(-20, -14),
                        tick_hz=(3100, 3500),
                        sway=(0.004, 0.008),
                        sway_hz=(2.0, 4.0),
                    ),
                    0.0,
                ),
                (Noise(bands=(((370, 420), (4300, 5300), 0.0),)), (-9.3, -6.0)),
            )
        ),
        room_s=(0.7, 0.88),
        room_db=(-15, -13),
    ),
    Entry(
        *("power drill", "a power drill whirring", "tools", "Drill", False, True, (1.5, 4.0)),
        Layers(
            parts=(
                (
                    Motor(
                        speed_hz=((190, 250), (250, 300), (320, 420)),
                        orders=(
                            (1.0, (-4.4, -2.3)),
                            (2.0, (-15, -10)),
                            (4.0, (-5.1, -0.56)),
                            (7.0, (-18, -11)),
                            (11.0, (-6.4, -0.36)),
                        ),
                        flutter=(0.0023, 0.0057),
                        flutter_hz=(12, 20),
                        rough=(0.083, 0.38),
                        brush_db=(-4.8, 6.0),
                        brush_order=(1.2, 2.4),
                        case=(((420, 660), 300.0, (-12, -4.8)), ((2400, 3400), 1000.0, (-5.9, 3.6))),
                        load=(0.028, 0.055),
                    ),
                    0.0,
                ),
                (Noise(bands=(((310, 550), (4300, 5500), 0.0),)), (-16, -8.0)),
            )
        ),
        room_s=(0.15, 0.23),
        room_db=(-16, -13),
    ),
    Entry(
        *("jackhammer", "a jackhammer pounding", "tools", "Jackhammer", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Pulses(
                        rate_hz=(17, 30),
                        resonances=(
                            ((110, 180), 120, 0.0),
                            ((500, 710), 500, 0.0),
                            ((2300, 3000), 1200, 3.0),
                            ((4700, 5400), 1500, 0.0),
                        ),
                        jitter=(0.0053, 0.011),
                        uneven_db=(0.94, 1.6),
                        burst_s=(0.034, 0.059),
                        noise_db=(-6.0, 1.2),
                    ),
                    0.0,
                ),
                (Noise(bands=(((180, 260), (2700, 3800), 0.0),)), (-24, -15)),
            )
        ),
        room_s=(0.61, 0.85),
        room_db=(-12, -9.1),
    ),
    Entry(
        *("handsaw", "a handsaw cutting wood", "tools", "Sawing", False, True, (1.5, 4.0)),
        Bursts(
            band_hz=((380, 620), (4000, 5800)),
            every_s=(0.22, 0.28),
            attack_s=(0.05, 0.12),
            t60_s=(0.2, 0.4),
            jitter=0.08,
            turns=(1.0, 0.75),
            bed_db=(-33, -27),
            teeth_hz=(120, 260),
            body=(((430, 640), 150, 3.0), ((1100, 1600), 600, 0.0)),
        ),
        room_s=(0.18, 0.29),
        room_db=(-11, -6.5),
    ),
    Entry(
        *("metal file", "a metal file rasping", "tools", "Filing (rasp)", False, True, (1.5, 4.0)),
        Bursts(
            band_hz=((700, 1200), (5400, 6600)),
            every_s=(0.24, 0.33),
            attack_s=(0.05, 0.12),
            t60_s=(0.2, 0.4),
            jitter=0.08,
            bed_db=(-33, -27),
            teeth_hz=(230, 400),
            body=(((2000, 2900), (220, 340), 6.0),),
        ),
        room_s=(0.18, 0.28),
        room_db=(-12, -6.8),
    ),
    Entry(
        *("sandpaper", "sandpaper rubbing", "tools", "Sanding", False, True, (1.5, 4.0)),
        Bursts(
            band_hz=((500, 960), (5500, 6900)),
            every_s=(0.16, 0.22),
            attack_s=(0.05, 0.12),
            t60_s=(0.2, 0.4),
            jitter=0.08,
            turns=(1.0, 0.85),
            bed_db=(-30, -23),
        ),
        room_s=(0.19, 0.31),
        room_db=(-11, -6.2),
    ),
    Entry(
        *("ratchet", "a ratchet clicking", "tools", "Ratchet, pawl", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Pulses(
                        rate_hz=(12, 28),
                        resonances=(((1800, 2500), 500, 0.0), ((2700, 3500), 800, 3.0), ((4900, 7000), 1200, 0.0)),
                        jitter=(0.021, 0.04),
                        uneven_db=(1.8, 2.5),
                        burst_s=(0.016, 0.03),
                        noise_db=(-14, -3.8),
                    ),
                    0.0,
                ),
                (Noise(bands=(((150, 260), (2500, 3600), 0.0),)), (-31, -26)),
            )
        ),
        room_s=(0.35, 0.5),
        room_db=(-10, -6.0),
    ),
    Entry(
        *("hammer", "a hammer hitting nails", "tools", "Hammer", False, True, (1.5, 4.0)),
        Layers(
            parts=(
                (
                    Strikes(
                        pitch_hz=(2000, 2800),
                        ratios=(0.5, 1.0, 1.37, 1.9, 2.6),
                        t60_s=(0.045, 0.079),
                        damping=(0.46, 0.73),
                        tilt_db=(-1.3, 1.1),
                        click_db=(-2.1, 2.7),
                        click_s=(0.032, 0.052),
                        every_s=(0.28, 0.5),
                        jitter=0.1,
                        uneven_db=3.0,
                    ),
                    0.0,
                ),
                (Noise(bands=((80, 2500, 0.0),)), (-35, -31)),
            )
        ),
        room_s=(0.45, 0.75),
        room_db=(-6.4, -2.8),
    ),
    Entry(
        *("typewriter", "a typewriter clacking", "tools", "Typewriter", False, True, (1.5, 4.0)),
        Layers(
            parts=(
                (
                    Repeated(
                        synthesiser=Bursts(
                            band_hz=((830, 1400), (4800, 5900)),
                            every_s=(0.05, 0.078),
                            attack_s=(0.001, 0.003),
                            t60_s=(0.02, 0.06),
                            jitter=0.4,
                            uneven_db=(5.3, 8.8),
                            body=(((310, 450), 150, 6.0), ((2200, 3100), 400, 3.0)),
                        ),
                        every_s=(0.17, 0.23),
                        sounding=0.5,
                        jitter=0.35,
                        uneven_db=5.0,
                    ),
                    0.0,
                ),
                (Noise(bands=((100, 3000, 0.0),)), (-31, -26)),
            )
        ),
        room_s=(0.15, 0.24),
        room_db=(-17, -12),
    ),
)
"""Rows of the table of the built-in sounds."""
