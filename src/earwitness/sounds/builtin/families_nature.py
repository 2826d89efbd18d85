"""Water, weather and animals: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Bursts, Grains, Pulses, Whistling
from earwitness.sounds.builtin.tonal import Notes, Timbre, Tone

__all__ = ["NATURE"]

NATURE: tuple[Entry, ...] = (
    steady(
        ("rain", "rain falling", "weather", "Rain"),
        Grains(
            density_hz=(110, 180),
            pitch_hz=(1800, 6500),
            t60_s=(0.004, 0.02),
            noisy=0.7,
            uneven_db=20.0,
            bed=(((400, 700), (6500, 7500), 4.0),),
        ),
    ),
    steady(
        ("brook", "a brook babbling", "water", "Stream"),
        Grains(
            density_hz=(170, 220),
            pitch_hz=(500, 2800),
            t60_s=(0.012, 0.045),
            glide_st=(1.0, 7.0),
            uneven_db=12.0,
            bed=((300, (3000, 5000), -4.0),),
        ),
    ),
    Entry(
        *("dripping tap", "a tap dripping", "water", "Drip", False, True, (1.2, 4.0)),
        Notes(
            pitch_hz=(800, 1300),
            timbre=Timbre(wander_st=0.0),
            note_s=(0.22, 0.29),
            sounding=0.35,
            bend_st=(0.0, 5.0, 14.0),
            spread_st=2.0,
            attack_s=0.002,
            t60_s=(0.07, 0.11),
        ),
        room_s=(0.9, 1.3),
        room_db=(-11, -8),
    ),
    Entry(
        *("surf", "surf rolling in", "water", "Waves, surf", False, False, (3.0, 5.5)),
        Bursts(
            band_hz=((120, 200), (5500, 7000)),
            every_s=0.0,
            attack_s=(1.0, 1.8),
            t60_s=(4.5, 7.0),
            bed_db=-26.0,
        ),
    ),
    Entry(
        *("wind", "wind howling", "weather", "Wind", False, True, (3.0, 7.0)),
        Whistling(
            pitch_hz=((330, 520), (700, 1000)),
            width=(0.2, 0.3),
            wander_st=(6, 9),
            wander_hz=(0.9, 1.5),
            gust_db=(5, 7),
            air_db=(-13, -9),
        ),
    ),
    Entry(
        *("thunder", "thunder rumbling", "weather", "Thunder", False, False, (2.0, 3.2)),
        Bursts(
            band_hz=((28, 40), (200, 380)),
            every_s=(0.08, 0.13),
            jitter=0.5,
            attack_s=(0.02, 0.12),
            t60_s=(1.8, 3.0),
            uneven_db=4.0,
            fade_db_s=(8.0, 11.0),
            turns=(1.0, 2.6, 0.8),
        ),
    ),
    steady(
        ("fire crackling", "a fire crackling", "weather", "Crackle"),
        Grains(
            density_hz=(60, 80),
            pitch_hz=(900, 5500),
            t60_s=(0.004, 0.03),
            noisy=0.85,
            uneven_db=8.0,
            bed=((60, 400, -1.0), (400, 3000, -10.0)),
        ),
    ),
    Entry(
        *("cricket", "a cricket chirping", "insects", "Cricket", False, True, (1.2, 5.0)),
        Pulses(
            rate_hz=(70, 95),
            resonances=(((4200, 5000), 140, 0.0),),
            jitter=0.01,
            uneven_db=0.5,
            noise_db=-80.0,
            group_s=(0.26, 0.38),
            sounding=(0.6, 0.72),
            pause_db=-24.0,
        ),
        room_s=(0.4, 0.6),
        room_db=-12.0,
    ),
    steady(
        ("cicada", "a cicada droning", "insects", "Insect"),
        Pulses(
            rate_hz=(190, 260),
            resonances=(((5200, 5800), 900, 0.0), ((6500, 7000), 800, -2.0)),
            jitter=0.12,
            burst_s=0.004,
            noise_db=3.0,
            hiss_db=-12.0,
        ),
    ),
    steady(
        ("mosquito", "a mosquito whining", "insects", "Mosquito"),
        Tone(
            pitch_hz=(520, 680),
            timbre=Timbre(rolloff=(0.72, 0.84), wander_st=0.08, vibrato_hz=(9, 13), vibrato_st=0.15, air_db=(-22, -17)),
        ),
    ),
    Entry(
        *("cuckoo", "a cuckoo calling", "birds", "Bird vocalization, bird call, bird song", False, True, (0.8, 3.5)),
        Notes(
            pitch_hz=(500, 580),
            timbre=Timbre(rolloff=(0.04, 0.12), breath_db=(-24, -18)),
            steps_st=(4.0, 0.0),
            lengths=(0.85, 1.3),
            note_s=(0.26, 0.34),
            sounding=0.66,
            bend_st=(0.4, 0.0, -0.3),
            attack_s=0.03,
        ),
        room_s=(0.9, 1.3),
        room_db=(-15, -11),
    ),
    Entry(
        *("owl", "an owl hooting", "birds", "Owl", False, True, (1.5, 4.5)),
        Notes(
            pitch_hz=(310, 390),
            timbre=Timbre(rolloff=(0.03, 0.08), breath_db=(-18, -12), vibrato_st=0.0),
            lengths=(1.0, 0.45, 0.45, 1.6),
            note_s=(0.4, 0.55),
            sounding=0.88,
            bend_st=(-3.0, 0.0, 0.4, -2.5),
            attack_s=0.06,
        ),
        room_s=(0.9, 1.4),
        room_db=(-14, -11),
    ),
    Entry(
        *("songbird", "a songbird twittering", "birds", "Chirp, tweet", False, True, (1.0, 4.5)),
        Notes(
            pitch_hz=(3000, 3800),
            timbre=Timbre(wander_st=0.3),
            steps_st=(0.0, 3.0, 5.0, 7.0, 10.0),
            drawn=True,
            note_s=(0.09, 0.15),
            sounding=0.75,
            bend_st=(5.0, -4.0, 2.0),
            spread_st=2.0,
            attack_s=0.012,
        ),
        room_s=(0.4, 0.7),
        room_db=(-12, -8),
    ),
    Entry(
        *("crow", "a crow cawing", "birds", "Crow", False, True, (0.8, 3.5)),
        Notes(
            pitch_hz=(420, 540),
            timbre=Timbre(
                rolloff=(0.88, 0.93),
                rough=(0.5, 0.8),
                rough_hz=(60, 90),
                wander_st=0.6,
                air_db=(-9, -5),
                formants=((1250, 350, 0.0), (1900, 500, -3.0), (3600, 900, -9.0)),
            ),
            note_s=(0.42, 0.56),
            sounding=0.72,
            bend_st=(-2.0, 0.5, 0.0, -2.5),
            attack_s=0.04,
        ),
        room_s=(0.7, 1.0),
        room_db=(-10, -7),
    ),
    Entry(
        *("frog", "a frog croaking", "frogs", "Croak", False, True, (1.0, 4.0)),
        Pulses(
            rate_hz=(85, 130),
            resonances=(((600, 800), 160, 0.0), ((1500, 2000), 400, 0.0), ((2800, 3300), 600, -6.0)),
            burst_s=0.01,
            group_s=(0.3, 0.4),
            sounding=(0.68, 0.78),
            rise=(0.2, 0.5),
            pause_db=-34.0,
        ),
        room_s=(0.5, 0.8),
        room_db=(-11, -8),
    ),
    Entry(
        *("cow", "a cow mooing", "mammals", "Moo", False, False, (1.2, 2.4)),
        Notes(
            pitch_hz=(105, 150),
            timbre=Timbre(
                rolloff=(0.93, 0.96),
                rough=(0.1, 0.3),
                rough_hz=40.0,
                wander_st=0.4,
                air_db=(-16, -12),
                formants=(((450, 560), 120, 0.0), ((950, 1150), 180, -3.0), (2500, 400, -12.0)),
            ),
            bend_st=(-2.0, 1.0, 3.5, 3.5, 2.5, -1.0),
            once=True,
            attack_s=0.18,
            t60_s=(4.0, 6.0),
        ),
        room_s=0.8,
        room_db=-14.0,
    ),
)
"""Rows of the table of the built-in sounds."""
