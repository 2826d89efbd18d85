"""Engines and vehicles: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.composite import Contour, Layers, Phases, Repeated
from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.motors import Engine, Motor
from earwitness.sounds.builtin.noisy import Bursts, Noise

__all__ = ["MACHINES"]

_WHEELS = Bursts(
    band_hz=((370, 560), (2600, 4000)),
    every_s=0.0,
    attack_s=(0.003, 0.01),
    t60_s=(0.2, 0.35),
    body=(((160, 220), 80, 6.0), ((1500, 2100), 500, 0.0)),
)
"""The wheels of an axle on a gap between two rails."""

MACHINES: tuple[Entry, ...] = (
    Entry(
        *("engine idling", "a car engine idling", "machines", "Idling", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Engine(
                        speed_hz=((17, 32),),
                        exhaust=(
                            ((73, 88), 80.0, 0.0),
                            ((210, 250), 150.0, (-2.9, 0.63)),
                            ((680, 920), 400.0, (-8.0, -4.1)),
                            ((2000, 2400), 1300.0, (-9.7, -4.0)),
                        ),
                        uneven_db=(3.0, 4.3),
                        lag=(0.034, 0.047),
                        rough_db=(1.9, 2.5),
                        duty=(0.34, 0.45),
                        puff_db=(-17, -5.4),
                        puff_s=(0.013, 0.018),
                        tick_db=(-18, -11),
                        tick_hz=(3000, 3500),
                        sway=(0.0071, 0.0093),
                        sway_hz=(2.6, 3.7),
                    ),
                    0.0,
                ),
                (Noise(bands=(((300, 400), (3700, 4700), 0.0),)), (-18, -10)),
            )
        ),
        room_s=(0.45, 0.65),
        room_db=(-14, -12),
    ),
    Entry(
        *("motorcycle", "a motorcycle riding", "machines", "Motorcycle", False, True, (1.5, 4.0)),
        Layers(
            parts=(
                (
                    Engine(
                        speed_hz=((33, 42), (31, 38), (71, 90)),
                        exhaust=(
                            ((80, 100), 80.0, 0.0),
                            ((190, 240), 150.0, (-5.0, -1.5)),
                            ((720, 870), 400.0, (-12, -4.1)),
                            ((1700, 2300), 1300.0, (-15, -5.5)),
                        ),
                        cylinders=2,
                        uneven_db=(2.4, 4.3),
                        lag=(0.02, 0.029),
                        rough_db=(2.2, 3.2),
                        duty=(0.19, 0.27),
                        puff_db=(-13, -5.6),
                        puff_s=(0.016, 0.024),
                        tick_db=(-33, -24),
                        tick_hz=(2900, 3600),
                        sway=(0.013, 0.019),
                        sway_hz=(3.1, 3.9),
                        effort_db=(2.7, 4.8),
                    ),
                    0.0,
                ),
                (Noise(bands=(((200, 290), (3400, 4500), 0.0),)), (-27, -21)),
            )
        ),
        room_s=(0.43, 0.71),
        room_db=(-12, -9.1),
    ),
    Entry(
        *("sports car", "a sports car revving", "machines", "Accelerating, revving, vroom", False, True, (1.5, 4.0)),
        Layers(
            parts=(
                (
                    Engine(
                        speed_hz=((54, 75), (190, 220), (64, 81), (120, 210)),
                        exhaust=(
                            ((85, 120), 80.0, 0.0),
                            ((210, 280), 150.0, (-6.0, -1.4)),
                            ((600, 890), 400.0, (-8.2, -0.61)),
                            ((1900, 2600), 1300.0, (-19, -9.7)),
                        ),
                        uneven_db=(2.2, 3.9),
                        lag=(0.023, 0.051),
                        rough_db=(2.5, 3.7),
                        duty=(0.22, 0.42),
                        puff_db=(-22, -11),
                        puff_s=(0.01, 0.02),
                        tick_db=(-30, -15),
                        tick_hz=(2500, 3300),
                        sway=(0.011, 0.024),
                        sway_hz=(2.4, 3.2),
                        effort_db=(3.6, 6.4),
                    ),
                    0.0,
                ),
                (Noise(bands=(((180, 260), (2500, 4400), 0.0),)), (-23, -14)),
            )
        ),
        room_s=(0.42, 0.8),
        room_db=(-13, -9.3),
    ),
    Entry(
        *("engine start", "a car engine starting", "machines", "Engine starting", False, False, (1.5, 3.0)),
        Phases(
            parts=(
                (
                    Layers(
                        parts=(
                            (
                                Motor(
                                    speed_hz=((88, 130),),
                                    orders=(
                                        (1.0, 0.0),
                                        (2.0, (-8.2, -3.4)),
                                        (3.0, (-9.9, -3.9)),
                                        (5.0, (-17, -9.4)),
                                        (9.0, (-18, -5.9)),
                                    ),
                                    flutter=(0.0021, 0.0071),
                                    flutter_hz=(13, 25),
                                    rough=(0.4, 0.76),
                                    brush_db=(-9.7, 4.7),
                                    brush_order=(2.5, 6.7),
                                    case=(((410, 640), 300.0, (-19, -8.9)), ((1800, 2700), 1000.0, (-13, -1.7))),
                                    load=(0.14, 0.22),
                                    load_hz=(6.0, 7.5),
                                ),
                                0.0,
                            ),
                            (
                                Engine(
                                    speed_hz=((8.8, 11),),
                                    exhaust=(
                                        ((80, 100), 80.0, 0.0),
                                        ((220, 280), 150.0, (-5.1, -1.1)),
                                        ((720, 890), 400.0, (-7.7, -2.5)),
                                        ((2000, 2500), 1300.0, (-17, -9.2)),
                                    ),
                                    cylinders=2,
                                    uneven_db=(2.4, 3.9),
                                    lag=(0.022, 0.035),
                                    rough_db=(2.3, 3.5),
                                    duty=(0.66, 0.78),
                                    puff_db=(-19, -9.8),
                                    puff_s=(0.014, 0.021),
                                    tick_db=(-28, -18),
                                    tick_hz=(2700, 3200),
                                    sway=(0.0065, 0.0093),
                                    sway_hz=(2.7, 3.6),
                                ),
                                (-5.2, -0.37),
                            ),
                        )
                    ),
                    (-4.7, -1.5),
                    (0.55, 0.63),
                ),
                (
                    Engine(
                        speed_hz=((29, 38), (86, 110), (34, 42)),
                        exhaust=(
                            ((73, 93), 80.0, 0.0),
                            ((210, 260), 150.0, (-6.5, -2.5)),
                            ((680, 850), 400.0, (-8.7, -3.5)),
                            ((2000, 2500), 1300.0, (-18, -10)),
                        ),
                        uneven_db=(2.1, 3.4),
                        lag=(0.029, 0.045),
                        rough_db=(1.7, 2.5),
                        duty=(0.29, 0.42),
                        puff_db=(-17, -8.7),
                        puff_s=(0.013, 0.02),
                        tick_db=(-28, -18),
                        tick_hz=(2600, 3100),
                        sway=(0.0068, 0.0097),
                        sway_hz=(2.2, 2.8),
                        effort_db=(2.8, 4.3),
                    ),
                    0.0,
                    (0.54, 0.65),
                ),
            ),
            merge_s=0.08,
        ),
        room_s=(0.44, 0.61),
        room_db=(-12, -8.9),
    ),
    Entry(
        *("motorboat", "a motorboat speeding", "machines", "Motorboat, speedboat", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Engine(
                        speed_hz=((60, 165),),
                        exhaust=(
                            ((91, 110), 80.0, 0.0),
                            ((230, 270), 150.0, (-3.2, 0.13)),
                            ((660, 780), 400.0, (-6.5, -2.7)),
                            ((2200, 2500), 1300.0, (-13, -8.1)),
                        ),
                        uneven_db=(1.5, 2.2),
                        lag=(0.036, 0.05),
                        rough_db=(2.2, 3.2),
                        duty=(0.2, 0.24),
                        puff_db=(-18, -13),
                        puff_s=(0.022, 0.029),
                        tick_db=(-34, -29),
                        tick_hz=(2500, 2900),
                        sway=(0.011, 0.014),
                        sway_hz=(3.1, 3.7),
                    ),
                    0.0,
                ),
                (Noise(bands=(((170, 230), (3900, 4700), 0.0),)), (-9.4, -6.4)),
            )
        ),
        room_s=(0.51, 0.64),
        room_db=(-14, -12),
    ),
    Entry(
        *("lawn mower", "a lawn mower running", "machines", "Lawn mower", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (
                    Engine(
                        speed_hz=((22, 35),),
                        exhaust=(
                            ((76, 94), 80.0, 0.0),
                            ((210, 250), 150.0, (-3.5, -0.037)),
                            ((610, 740), 400.0, (-3.5, 1.0)),
                            ((1900, 2300), 1300.0, (-12, -5.3)),
                        ),
                        cylinders=1,
                        rough_db=(1.8, 2.6),
                        duty=(0.2, 0.27),
                        puff_db=(-9.7, -2.0),
                        puff_s=(0.014, 0.021),
                        tick_db=(-22, -14),
                        tick_hz=(2800, 3300),
                        sway=(0.0073, 0.01),
                        sway_hz=(2.1, 2.7),
                    ),
                    0.0,
                ),
                (Noise(bands=(((210, 300), (2500, 3300), 0.0),)), (-7.9, -3.0)),
            )
        ),
        room_s=(0.48, 0.64),
        room_db=(-12, -10.0),
    ),
    Entry(
        *(
            "propeller plane",
            "a propeller plane flying past",
            "machines",
            "Propeller, airscrew",
            False,
            True,
            (2.0, 4.0),
        ),
        Contour(
            synthesiser=Layers(
                parts=(
                    (
                        Engine(
                            speed_hz=((105, 150), (75, 105), (52, 75)),
                            exhaust=(
                                ((80, 105), 80.0, 0.0),
                                ((190, 245), 150.0, (-5.0, -2.5)),
                                ((580, 740), 400.0, (-7.5, -3.5)),
                                ((1900, 2600), 1300.0, (-18, -11)),
                            ),
                            cylinders=6,
                            uneven_db=(2.0, 4.0),
                            lag=(0.02, 0.034),
                            rough_db=(1.9, 3.4),
                            duty=(0.2, 0.28),
                            puff_db=(-16, -10),
                            puff_s=(0.016, 0.032),
                            tick_db=(-26, -19),
                            tick_hz=(2600, 3800),
                            sway=(0.006, 0.011),
                            sway_hz=(1.8, 3.6),
                        ),
                        0.0,
                    ),
                    (Noise(bands=(((210, 370), (2200, 3600), 0.0),)), (-13, -8.5)),
                )
            ),
            levels_db=((-9, -5.5), 0.0, (-9, -5.5)),
        ),
        room_s=(0.5, 0.9),
        room_db=(-14, -10.5),
    ),
    Entry(
        *("jet engine", "a jet engine roaring", "machines", "Jet engine", True, True, (2.0, 5.0)),
        Layers(
            parts=(
                (Noise(bands=((40, (220, 410), 0.0),)), 0.0),
                (Noise(bands=(((430, 780), (3500, 6400), 0.0),)), (-15, -6.8)),
                (
                    Motor(
                        speed_hz=((1400, 2200),),
                        orders=((1.0, 0.0), (2.3, (-12, -4.3)), (3.1, (-13, -1.1))),
                        flutter=(0.0034, 0.011),
                        flutter_hz=(8.3, 16),
                        rough=(0.11, 0.47),
                    ),
                    (-20, -10),
                ),
            )
        ),
        room_s=(0.52, 0.72),
        room_db=(-13, -10),
    ),
    Entry(
        *("helicopter", "a helicopter hovering", "machines", "Helicopter", True, True, (2.0, 5.0)),
        Noise(
            bands=((40, (220, 300), 0.0), (200, (1000, 1600), -3.0)),
            whines=(((900, 1300), -26.0),),
            chop_hz=(17, 23),
            chop_db=(7.5, 10),
        ),
    ),
    Entry(
        *(
            "railway carriage",
            "a railway carriage clattering",
            "machines",
            "Railroad car, train wagon",
            True,
            True,
            (2.0, 5.0),
        ),
        Layers(
            parts=(
                (
                    Noise(
                        bands=((40, (300, 480), 0.0), ((320, 470), (3400, 4800), -8.0)),
                        gust_db=(0.77, 1.7),
                        gust_hz=(1.5, 2.4),
                    ),
                    0.0,
                ),
                (
                    Repeated(
                        synthesiser=Phases(
                            parts=((_WHEELS, 0.0, (0.2, 0.3)), (_WHEELS, (-4.0, 0.0), 0.7)),
                            merge_s=0.03,
                        ),
                        every_s=(0.35, 0.85),
                        sounding=0.9,
                    ),
                    (-6.2, -3.5),
                ),
            )
        ),
        room_s=(0.49, 0.68),
        room_db=(-12, -10),
    ),
    Entry(
        *("steam train", "a steam train chuffing", "machines", "Train", False, True, (1.5, 4.0)),
        Bursts(
            band_hz=((450, 620), (2600, 3400)),
            every_s=(0.26, 0.32),
            attack_s=(0.04, 0.09),
            t60_s=(0.3, 0.5),
            jitter=0.03,
            turns=(1.0, 0.8),
            bed_db=(-20, -16),
            body=(((100, 120), 60, 0.0),),
        ),
        room_s=(0.7, 1.1),
        room_db=(-14, -11),
    ),
)
"""Rows of the table of the built-in sounds."""
