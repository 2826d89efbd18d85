"""Bells, clocks, instruments, drums, games and plain noise: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Noise, Pulses
from earwitness.sounds.builtin.struck import Plucks, Strikes
from earwitness.sounds.builtin.tonal import Notes, Timbre, Tone

__all__ = ["MUSIC"]

MUSIC: tuple[Entry, ...] = (
    Entry(
        *("church bell", "a church bell tolling", "bells", "Church bell", False, False, (2.5, 5.5)),
        Strikes(
            pitch_hz=(210, 420),
            ratios=(0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 3.0, 4.1, 5.4),
            t60_s=(4.5, 6.5),
            damping=(0.5, 0.7),
            tilt_db=(-1.0, 1.0),
            click_db=-14.0,
        ),
        room_s=(1.2, 2.0),
        room_db=-9.0,
    ),
    Entry(
        *("bicycle bell", "a bicycle bell ringing", "bells", "Bicycle bell", False, False, (0.7, 1.5)),
        Strikes(
            pitch_hz=(2500, 3300),
            ratios=(1.0, 1.015, 1.68, 2.35),
            t60_s=(0.7, 1.3),
            damping=0.5,
            every_s=(0.06, 0.1),
            rhythm=(1.0, 1.0, 2.2, 1.0, 1.0, 60.0),
            tilt_db=-2.0,
        ),
    ),
    Entry(
        *("doorbell chime", "a doorbell chiming", "bells", "Ding-dong", False, False, (1.4, 2.4)),
        Strikes(
            pitch_hz=(500, 640),
            ratios=(1.0, 2.76, 5.4),
            t60_s=(2.0, 3.0),
            damping=1.0,
            tilt_db=-9.0,
            every_s=(0.45, 0.6),
            rhythm=(1.0, 60.0),
            steps_st=(4.0, 0.0),
            click_db=-26.0,
        ),
    ),
    Entry(
        *("clock ticking", "a clock ticking", "clocks", "Tick-tock", False, True, (1.2, 4.0)),
        Strikes(
            pitch_hz=(2600, 3600),
            ratios=(1.0, 1.37, 2.2),
            t60_s=(0.012, 0.02),
            every_s=(0.19, 0.25),
            steps_st=(0.0, -4.0),
            click_db=-3.0,
            click_s=0.008,
            click_hz=(3000.0, 7500.0),
            uneven_db=1.0,
        ),
        room_s=(0.5, 0.8),
        room_db=(-10, -6),
    ),
    Entry(
        *("music box", "a music box playing", "instruments", None, False, True, (2.0, 6.0)),
        Strikes(
            pitch_hz=(1050, 1500),
            ratios=(1.0, 3.1, 5.2),
            t60_s=(0.8, 1.3),
            damping=0.9,
            tilt_db=-8.0,
            every_s=(0.16, 0.24),
            steps_st=(0.0, 4.0, 7.0, 12.0, 9.0, 7.0, 5.0, 4.0, 2.0),
            click_db=-24.0,
        ),
    ),
    Entry(
        *("marimba", "a marimba playing", "instruments", "Marimba, xylophone", False, True, (1.5, 5.0)),
        Strikes(
            pitch_hz=(200, 300),
            ratios=(1.0, 3.95, 9.2),
            t60_s=(0.5, 0.9),
            damping=1.1,
            tilt_db=-7.0,
            every_s=(0.13, 0.2),
            steps_st=(0.0, 5.0, 9.0, 12.0, 7.0, 4.0, 2.0),
            click_db=-22.0,
            click_hz=(300.0, 1800.0),
        ),
    ),
    Entry(
        *("gong", "a gong ringing", "drums", "Gong", False, False, (2.2, 4.5)),
        Strikes(
            pitch_hz=(75, 120),
            ratios=(1.0, 1.43, 1.92, 2.31, 2.84, 3.37, 4.1, 4.9, 5.7, 6.8, 8.1, 9.7, 11.9, 15.2, 18.7, 23.4, 29.1),
            t60_s=(6.0, 9.0),
            damping=(0.15, 0.3),
            tilt_db=(-1.5, 0.0),
            click_db=-2.0,
            click_hz=(150.0, 2500.0),
            click_s=(1.2, 2.0),
        ),
    ),
    Entry(
        *("guitar", "an acoustic guitar strumming", "instruments", "Acoustic guitar", False, True, (1.5, 6.0)),
        Plucks(
            pitch_hz=(80, 100),
            chords_st=((0, 7, 12, 16, 19, 24), (5, 12, 17, 21, 24, 29), (7, 14, 19, 23, 26, 31)),
            every_s=(0.27, 0.32),
            strum_s=(0.012, 0.03),
            t60_s=(0.8, 1.2),
            brightness=(0.3, 0.8),
            body_hz=(95, 120),
        ),
    ),
    Entry(
        *("flute", "a flute playing", "instruments", "Flute", False, True, (1.5, 6.0)),
        Notes(
            pitch_hz=(500, 640),
            timbre=Timbre(
                rolloff=(0.3, 0.42), breath_db=(-22, -17), breath_width=1.2, air_db=(-30, -26), vibrato_st=(0.15, 0.3)
            ),
            steps_st=(0.0, 4.0, 7.0, 5.0, 9.0, 7.0, 2.0),
            lengths=(1.0, 0.5, 0.5, 1.5),
            note_s=(0.28, 0.42),
            sounding=0.95,
            attack_s=0.035,
        ),
        room_s=(0.8, 1.2),
        room_db=-12.0,
    ),
    Entry(
        *("trumpet", "a trumpet playing a fanfare", "instruments", "Trumpet", False, True, (1.5, 5.0)),
        Notes(
            pitch_hz=(330, 390),
            timbre=Timbre(
                rolloff=(0.78, 0.86), vibrato_st=(0.05, 0.15), formants=((1250, 900, 0.0), (2500, 1400, -4.0))
            ),
            steps_st=(0.0, 0.0, 5.0, 9.0, 5.0, 9.0, 12.0),
            lengths=(0.5, 0.5, 1.0, 1.0, 0.5, 0.5, 2.0),
            note_s=(0.26, 0.36),
            sounding=0.88,
            attack_s=0.02,
        ),
        room_s=(0.8, 1.3),
        room_db=-11.0,
    ),
    Entry(
        *("violin", "a violin playing", "instruments", "Violin, fiddle", False, True, (2.0, 6.0)),
        Notes(
            pitch_hz=(390, 520),
            timbre=Timbre(
                rolloff=(0.86, 0.91),
                vibrato_hz=(5.5, 6.5),
                vibrato_st=(0.3, 0.45),
                air_db=-32.0,
                formants=((480, 250, 0.0), (1000, 600, -2.0), (2900, 1500, -3.0)),
            ),
            steps_st=(0.0, 2.0, 3.0, 7.0, 5.0, 3.0, 2.0, -2.0),
            lengths=(1.0, 1.0, 0.5, 1.5),
            note_s=(0.5, 0.7),
            sounding=1.08,
            attack_s=0.06,
        ),
        room_s=(0.8, 1.3),
        room_db=-12.0,
    ),
    steady(
        ("pipe organ", "a pipe organ holding a chord", "instruments", "Organ"),
        Tone(
            pitch_hz=(125, 180),
            chord_st=(0.0, 7.01955, 12.0, 15.86314, 24.0),  # just intervals: nothing beats
            flutter_hz=(5.5, 6.5),
            flutter_db=(1.0, 2.5),
            timbre=Timbre(rolloff=(0.4, 0.55), wander_st=0.0, air_db=-38.0),
            attack_s=0.06,
        ),
    ),
    steady(
        ("drum roll", "a snare drum rolling", "drums", "Drum roll"),
        Pulses(
            rate_hz=(26, 34),
            resonances=(((180, 230), 60, 6.0), ((1500, 2200), 2000, 4.0), ((3600, 4400), 3000, 8.0)),
            jitter=0.15,
            uneven_db=4.0,
            burst_s=(0.07, 0.1),
            noise_db=6.0,
        ),
    ),
    Entry(
        *("bass drum", "a bass drum thumping", "drums", "Bass drum", False, True, (0.6, 3.0)),
        Strikes(
            pitch_hz=(55, 75),
            ratios=(1.0, 1.6, 2.2),
            t60_s=(0.8, 1.2),
            damping=0.8,
            every_s=(0.22, 0.28),
            jitter=0.02,
            tilt_db=-8.0,
            click_db=-20.0,
            click_hz=(200.0, 1500.0),
        ),
        room_s=0.8,
        room_db=-10.0,
    ),
    Entry(
        *("cymbal", "a cymbal crashing", "drums", "Cymbal", False, False, (1.5, 3.0)),
        Strikes(
            pitch_hz=(290, 400),
            ratios=(1, 1.6, 2.3, 3.1, 3.7, 4.4, 5.3, 6.1, 7.2, 8.3, 9.1, 10.4, 11.8, 13.1, 14.9, 16.2, 17.7, 19.3),
            t60_s=(2.5, 3.5),
            damping=(0.0, 0.1),
            tilt_db=(0.0, 1.5),
            click_db=(0, 3),
            click_hz=(1500.0, 7500.0),
            click_s=(1.6, 2.4),
        ),
    ),
    Entry(
        *("laser gun", "a laser gun zapping", "games", None, False, True, (0.5, 2.0)),
        Notes(
            pitch_hz=(380, 600),
            timbre=Timbre(rolloff=(0.6, 0.8), odd=True, wander_st=0.0),
            note_s=(0.24, 0.36),
            sounding=1.0,
            bend_st=(40.0, 22.0, 10.0, 2.0, -6.0),
            attack_s=0.004,
            t60_s=(0.8, 1.1),
        ),
        room_s=0.5,
        room_db=-14.0,
    ),
    Entry(
        *("game coin", "a video game coin chiming", "games", None, False, False, (0.5, 0.9)),
        Notes(
            pitch_hz=(940, 1050),
            timbre=Timbre(rolloff=(0.5, 0.65), odd=True, wander_st=0.0),
            steps_st=(0.0, 5.0),
            note_s=(0.07, 0.1),
            sounding=1.0,
            attack_s=0.003,
            t60_s=(0.9, 1.3),
            once=True,
        ),
    ),
    Entry(
        *("sonar", "a sonar pinging", "signals", "Sonar", False, False, (1.0, 1.8)),
        Notes(
            pitch_hz=(1350, 1800),
            timbre=Timbre(wander_st=0.0, rolloff=0.03),
            once=True,
            attack_s=0.006,
            t60_s=(2.6, 3.6),
        ),
        room_s=(1.8, 2.6),
        room_db=(-15, -11),
    ),
    steady(
        ("radio static", "radio static hissing", "noises", "Static"),
        Noise(bands=(((60, 120), (7000, 7600), 0.0),)),
    ),
)
"""Rows of the table of the built-in sounds."""
