"""The one table of the built-in sounds: a row says what a label is called, how it sounds, and how much it varies.

A new sound is a new row. Its numbers are ranges, (lowest, highest), of which each recording draws its own; its
synthesiser is one of a dozen that know nothing of labels. Labels must not entail each other (no "bird" beside
"cuckoo"), and a phrase must read well in "X before Y" and "Y without X".

A recording must be one segment: where a sound repeats, its pauses are under 0.2 s, or a room or a line's noise keeps
the level in them above -40 dB of the loudest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from earwitness.sounds.builtin.blocks import Array, Range
from earwitness.sounds.builtin.noisy import Bursts, Grains, Noise, Pulses, Whistling
from earwitness.sounds.builtin.struck import Plucks, Strikes
from earwitness.sounds.builtin.tonal import Notes, Symbols, Timbre, Tone

__all__ = ["TABLE", "Entry"]


@dataclass(frozen=True)
class Entry:
    """One built-in sound: a label and the distribution of its recordings."""

    label: str
    """What manifests and timelines call it."""
    phrase: str
    """The noun phrase that a query says."""
    family: str
    """Which kind of sound it is: alarms, telephony, weather ..."""
    audioset: str | None
    """The AudioSet class that it is an instance of, as AudioSet's class map writes it; None where none fits."""
    steady: bool
    """Whether level and spectrum are constant, so that it may be cut or looped to any length."""
    fills: bool
    """Whether it can be made to any length: steady sounds, and those that repeat by nature."""
    natural_s: tuple[float, float]
    """Range of its lengths when none is asked for."""
    synthesiser: Callable[..., Array]
    """Renders it: called as ``synthesiser(n, rng=rng)``, returns shape (n,) float64 of any level."""
    room_s: Range = 0.0
    """Reverberation time of the room around it; 0 is none."""
    room_db: Range = -10.0
    """Energy of the room's tail against the sound itself."""


def _steady(label: str, phrase: str, family: str, audioset: str | None, synthesiser: Callable[..., Array]) -> Entry:
    return Entry(label, phrase, family, audioset, True, True, (3.0, 7.0), synthesiser)


_LINE_DB = -33.0  # a telephone line's own noise, under its tones
_VOWEL_HUM = ((250.0, 90.0, 0.0), (1100.0, 200.0, -22.0), (2300.0, 300.0, -30.0))

_SIGNALS = (
    Entry(
        *("smoke alarm", "a smoke alarm beeping", "alarms", "Smoke detector, smoke alarm", False, True, (1.2, 4.0)),
        Notes(
            pitch_hz=(2950, 3350),
            timbre=Timbre(rolloff=(0.15, 0.45), odd=True, wander_st=0.01),
            note_s=(0.24, 0.42),
            sounding=(0.55, 0.7),
            attack_s=0.004,
        ),
        room_s=(0.7, 1.0),
        room_db=(-17, -12),
    ),
    Entry(
        *("two-tone siren", "a two-tone siren sounding", "alarms", "Ambulance (siren)", False, True, (2.0, 6.0)),
        Notes(
            pitch_hz=(410, 470),
            timbre=Timbre(rolloff=(0.75, 0.88), formants=((1100, 900, 0.0), (2300, 1500, -3.0))),
            steps_st=(0.0, 5.0),
            note_s=(0.6, 0.8),
            sounding=1.0,
            attack_s=0.012,
        ),
        room_s=(0.8, 1.4),
        room_db=(-16, -11),
    ),
    Entry(
        *("wailing siren", "a siren wailing", "alarms", "Civil defense siren", False, True, (2.5, 6.5)),
        Tone(
            pitch_hz=(420, 560),
            timbre=Timbre(rolloff=(0.55, 0.75), formants=((900, 900, 0.0), (2000, 1500, -4.0))),
            sweep_st=(11, 15),
            sweep_hz=(0.22, 0.4),
        ),
        room_s=(1.0, 1.6),
        room_db=(-10, -6),
    ),
    Entry(
        *("reversing beeper", "a reversing truck beeping", "alarms", "Reversing beeps", False, True, (1.5, 5.0)),
        Notes(
            pitch_hz=(1050, 1380),
            timbre=Timbre(rolloff=(0.3, 0.55), odd=True, wander_st=0.01),
            note_s=(0.5, 0.68),
            sounding=(0.64, 0.7),
            attack_s=0.006,
        ),
        room_s=(0.8, 1.1),
        room_db=(-16, -11),
    ),
    _steady(
        *("kettle whistle", "a kettle whistling", "alarms", "Steam whistle"),
        Tone(
            pitch_hz=(2100, 2700),
            timbre=Timbre(
                rolloff=(0.1, 0.25), wander_st=0.1, breath_db=(-26, -20), breath_width=0.25, air_db=(-34, -28)
            ),
        ),
    ),
    _steady(
        *("buzzer", "a buzzer sounding", "alarms", "Buzzer"),
        Tone(
            pitch_hz=(110, 190),
            timbre=Timbre(
                rolloff=(0.93, 0.96),
                wander_st=0.02,
                rough=(0.3, 0.6),
                rough_hz=(45, 65),
                formants=((900, 800, 0.0), (2400, 1200, 2.0)),
            ),
        ),
    ),
    _steady(
        *("car horn", "a car horn honking", "alarms", "Vehicle horn, car horn, honking"),
        Tone(
            pitch_hz=(370, 430),
            chord_st=(0.0, (3.6, 4.4)),
            timbre=Timbre(rolloff=(0.82, 0.9), wander_st=0.02, formants=((1500, 1500, 0.0), (2900, 1500, 3.0))),
        ),
    ),
    _steady(
        *("foghorn", "a foghorn blowing", "alarms", "Foghorn"),
        Tone(
            pitch_hz=(85, 130),
            timbre=Timbre(
                rolloff=(0.86, 0.92), air_db=(-30, -24), formants=((300, 200, 0.0), (620, 300, -3.0), (1300, 600, -8.0))
            ),
            attack_s=0.08,
        ),
    ),
    _steady(
        *("dial tone", "a dial tone droning", "telephony", "Dial tone"),
        Tone(pitch_hz=(345, 355), chord_st=((3.9, 4.1), 0.0), timbre=Timbre(wander_st=0.0, air_db=(-42, -34))),
    ),
    Entry(
        *("busy tone", "a busy tone pulsing", "telephony", "Busy signal", False, True, (1.5, 5.0)),
        Notes(
            pitch_hz=(470, 500),
            timbre=Timbre(rolloff=0.18, rough=0.9, rough_hz=(130, 150), wander_st=0.0),
            note_s=(0.36, 0.52),
            sounding=(0.5, 0.58),
            attack_s=0.005,
            floor_db=_LINE_DB,
        ),
    ),
    Entry(
        *("touch-tones", "a number dialled in touch-tones", "telephony", "Telephone dialing, DTMF"),
        *(False, True, (1.2, 3.5)),
        Symbols(
            alphabet_hz=tuple((low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477)),
            symbol_s=(0.16, 0.3),
            sounding=(0.55, 0.75),
            floor_db=_LINE_DB,
        ),
    ),
    _steady(
        *("modem", "a modem screeching", "telephony", None),
        Symbols(
            alphabet_hz=((980,), (1180,), (1650,), (1850,), (2100,)),
            symbol_s=(0.008, 0.016),
            stretch=(0.92, 1.08),
            scramble_db=(-9, -3),
        ),
    ),
    _steady(
        *("telephone bell", "an old telephone ringing", "telephony", "Telephone bell ringing"),
        Strikes(
            pitch_hz=(1250, 1700),
            ratios=(1.0, 1.27, 2.41, 3.2, 4.1),
            t60_s=(0.5, 0.9),
            every_s=(0.042, 0.054),
            jitter=0.02,
            uneven_db=0.8,
            tilt_db=-2.0,
        ),
    ),
)

_BELLS = (
    Entry(
        *("church bell", "a church bell tolling", "bells", "Church bell", False, False, (2.5, 5.5)),
        Strikes(
            pitch_hz=(210, 420),
            ratios=(0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 3.0, 4.1, 5.4),
            t60_s=(3.0, 5.0),
            damping=(0.4, 0.6),
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
            click_db=2.0,
            click_s=0.008,
            click_hz=(2000.0, 7000.0),
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
            click_db=-12.0,
            click_hz=(150.0, 2500.0),
            click_s=0.3,
        ),
    ),
    Entry(
        *("anvil", "an anvil being hammered", "impacts", "Clang", False, True, (1.0, 3.5)),
        Strikes(
            pitch_hz=(1000, 1400),
            ratios=(1.0, 1.58, 2.13, 2.91, 3.66, 4.4, 5.3),
            t60_s=(0.9, 1.5),
            damping=0.4,
            tilt_db=(-1.0, 1.0),
            every_s=(0.32, 0.48),
            jitter=0.06,
            click_db=-5.0,
            click_s=0.03,
        ),
    ),
)

_MACHINES = (
    _steady(
        *("engine idling", "a car engine idling", "machines", "Idling"),
        Pulses(
            rate_hz=(22, 32),
            resonances=(((85, 120), 60, 0.0), ((190, 260), 120, -4.0), ((500, 800), 500, -14.0)),
            cycle_db=(0.0, -1.0, -0.5, -1.5),
            burst_s=0.09,
            noise_db=-14.0,
            hiss_db=-12.0,
        ),
    ),
    _steady(
        *("chainsaw", "a chainsaw revving", "machines", "Chainsaw"),
        Pulses(
            rate_hz=(95, 140),
            resonances=(((380, 520), 300, 0.0), ((1100, 1500), 700, 2.0), ((2600, 3400), 1500, 0.0)),
            jitter=0.06,
            uneven_db=4.0,
            burst_s=0.008,
            noise_db=-6.0,
            hiss_db=-9.0,
            sway=0.05,
            sway_hz=4.0,
        ),
    ),
    _steady(
        *("helicopter", "a helicopter hovering", "machines", "Helicopter"),
        Noise(
            bands=((50, (180, 260), 0.0), (200, (1000, 1600), -4.0)),
            whines=(((900, 1300), -26.0),),
            chop_hz=(17, 23),
            chop_db=(14, 20),
        ),
    ),
    _steady(
        *("vacuum cleaner", "a vacuum cleaner running", "machines", "Vacuum cleaner"),
        Noise(
            bands=((150, 700, -2.0), (600, (4500, 6500), 0.0)),
            whines=(((300, 390), -2.0), ((620, 780), -5.0), ((1300, 1700), -8.0)),
        ),
    ),
    _steady(
        *("mains hum", "mains hum", "machines", "Mains hum"),
        Tone(
            pitch_hz=(99.8, 120.2),
            timbre=Timbre(rolloff=(0.5, 0.66), wander_st=0.0, air_db=(-36, -28)),
            attack_s=0.01,
        ),
    ),
    _steady(
        *("sewing machine", "a sewing machine stitching", "machines", "Sewing machine"),
        Pulses(
            rate_hz=(22, 30),
            resonances=(((700, 900), 500, 0.0), ((1900, 2500), 900, 3.0), ((4200, 5000), 1500, 2.0)),
            cycle_db=(0.0, -5.0),
            uneven_db=1.0,
            burst_s=(0.02, 0.03),
            noise_db=2.0,
            hiss_db=-22.0,
        ),
    ),
    Entry(
        *("steam train", "a steam train chuffing", "machines", "Steam", False, True, (1.5, 5.0)),
        Bursts(
            band_hz=((250, 400), (3500, 5000)),
            every_s=(0.22, 0.34),
            jitter=0.03,
            attack_s=(0.06, 0.09),
            t60_s=(0.5, 0.7),
            turns=(1.0, 0.8),
            bed_db=-24.0,
            body=(((90, 130), 60, 0.0),),
        ),
        room_s=0.8,
        room_db=-12.0,
    ),
    Entry(
        *("handsaw", "a handsaw cutting wood", "machines", "Sawing", False, True, (1.5, 5.0)),
        Bursts(
            band_hz=((600, 900), (4500, 6000)),
            every_s=(0.26, 0.36),
            jitter=0.05,
            attack_s=(0.11, 0.14),
            t60_s=(0.25, 0.35),
            turns=(1.0, 0.68),
            bed_db=-22.0,
            teeth_hz=(90, 140),
            body=(((320, 450), 150, 4.0),),
        ),
    ),
    Entry(
        *("typewriter", "a typewriter clacking", "machines", "Typewriter", False, True, (1.2, 4.5)),
        Strikes(
            pitch_hz=(1200, 1700),
            ratios=(0.3, 1.0, 1.9, 2.7, 3.6),
            t60_s=(0.02, 0.04),
            damping=0.2,
            every_s=(0.14, 0.18),
            jitter=0.45,
            uneven_db=6.0,
            tilt_db=0.0,
            click_db=6.0,
            click_hz=(1500.0, 7000.0),
            click_s=(0.02, 0.03),
        ),
        room_s=(0.35, 0.5),
        room_db=(-8, -5),
    ),
)

_NATURE = (
    _steady(
        *("rain", "rain falling", "weather", "Rain"),
        Grains(
            density_hz=(110, 180),
            pitch_hz=(1800, 6500),
            t60_s=(0.004, 0.02),
            noisy=0.7,
            uneven_db=20.0,
            bed=(((400, 700), (6500, 7500), 4.0),),
        ),
    ),
    _steady(
        *("brook", "a brook babbling", "water", "Stream"),
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
            note_s=(0.3, 0.42),
            sounding=0.35,
            bend_st=(0.0, 3.0, 9.0),
            spread_st=2.0,
            attack_s=0.002,
            t60_s=(0.07, 0.11),
        ),
        room_s=(0.9, 1.3),
        room_db=(-7, -3),
    ),
    Entry(
        *("surf", "surf rolling in", "water", "Waves, surf", False, False, (3.5, 7.0)),
        Bursts(
            band_hz=((200, 350), (3500, 6000)),
            every_s=(2.6, 4.5),
            attack_s=(1.0, 1.8),
            t60_s=(5.0, 8.0),
            bed_db=-22.0,
        ),
    ),
    Entry(
        *("wind", "wind howling", "weather", "Wind", False, True, (3.0, 7.0)),
        Whistling(
            pitch_hz=((330, 520), (700, 1000)),
            width=(0.3, 0.5),
            wander_st=(4, 6),
            wander_hz=(0.7, 1.4),
            gust_db=(8, 14),
            air_db=(-4, 0),
        ),
    ),
    Entry(
        *("thunder", "thunder rumbling", "weather", "Thunder", False, False, (2.5, 6.0)),
        Bursts(
            band_hz=((28, 40), (200, 380)),
            every_s=(0.18, 0.35),
            jitter=0.8,
            attack_s=(0.02, 0.12),
            t60_s=(1.2, 2.6),
            uneven_db=8.0,
            fade_db_s=(2.0, 4.0),
            turns=(1.0, 2.6, 0.8),
        ),
    ),
    Entry(
        *("fire crackling", "a fire crackling", "weather", "Crackle", False, True, (2.5, 7.0)),
        Grains(
            density_hz=(14, 24),
            pitch_hz=(900, 5500),
            t60_s=(0.004, 0.03),
            noisy=0.85,
            uneven_db=26.0,
            bed=((60, 400, -7.0), (400, 3000, -16.0)),
        ),
    ),
    Entry(
        *("cricket", "a cricket chirping", "insects", "Cricket", False, True, (1.2, 5.0)),
        Pulses(
            rate_hz=(70, 95),
            resonances=(((4200, 5000), 350, 0.0),),
            jitter=0.01,
            uneven_db=0.5,
            noise_db=-80.0,
            group_s=(0.26, 0.38),
            sounding=(0.6, 0.72),
            pause_db=-26.0,
        ),
    ),
    _steady(
        *("cicada", "a cicada droning", "insects", "Insect"),
        Pulses(
            rate_hz=(190, 260),
            resonances=(((5200, 5800), 900, 0.0), ((6500, 7000), 800, -2.0)),
            jitter=0.12,
            burst_s=0.004,
            noise_db=3.0,
            hiss_db=-12.0,
        ),
    ),
    _steady(
        *("mosquito", "a mosquito whining", "insects", "Mosquito"),
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
            sounding=0.8,
            bend_st=(-1.2, 0.0, 0.2, -0.8),
            attack_s=0.05,
        ),
        room_s=(0.9, 1.4),
        room_db=(-8, -5),
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
            rate_hz=(38, 60),
            resonances=(((500, 750), 180, 0.0), ((1400, 1900), 400, -4.0)),
            burst_s=0.01,
            group_s=(0.36, 0.5),
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

_PEOPLE = (
    Entry(
        *("whistling", "a person whistling a tune", "people", "Whistling", False, True, (1.5, 6.0)),
        Notes(
            pitch_hz=(950, 1300),
            timbre=Timbre(rolloff=0.03, breath_db=(-22, -15), breath_width=0.5, vibrato_hz=5.5, vibrato_st=(0.2, 0.4)),
            steps_st=(0.0, 2.0, 4.0, 7.0, 5.0, 4.0, 9.0, 7.0),
            lengths=(1.0, 0.5, 0.5, 1.5),
            note_s=(0.3, 0.42),
            sounding=1.06,
            bend_st=(-0.8, 0.0, 0.0, 0.0),
            attack_s=0.03,
        ),
    ),
    Entry(
        *("humming", "a person humming a tune", "people", "Humming", False, True, (1.5, 6.0)),
        Notes(
            pitch_hz=(120, 210),
            timbre=Timbre(rolloff=(0.7, 0.8), vibrato_st=(0.1, 0.3), wander_st=0.15, formants=_VOWEL_HUM),
            steps_st=(0.0, 4.0, 2.0, 5.0, 4.0, 0.0, -3.0),
            lengths=(1.0, 0.6, 0.6, 1.4),
            note_s=(0.4, 0.55),
            sounding=1.08,
            bend_st=(-0.6, 0.0, 0.0, 0.0),
            attack_s=0.04,
        ),
    ),
    _steady(
        *("applause", "an audience applauding", "people", "Applause"),
        Grains(
            density_hz=(260, 380),
            pitch_hz=(900, 4500),
            t60_s=(0.01, 0.03),
            noisy=1.0,
            uneven_db=14.0,
            bed=((500, 4000, -10.0),),
        ),
    ),
    Entry(
        *("footsteps", "footsteps on a wooden floor", "footsteps", "Walk, footsteps", False, True, (1.2, 4.5)),
        Strikes(
            pitch_hz=(90, 130),
            ratios=(1.0, 1.7, 2.6, 4.1),
            t60_s=(0.06, 0.1),
            damping=0.5,
            every_s=(0.36, 0.44),
            rhythm=(0.25, 0.75),
            jitter=0.05,
            click_db=(0, 4),
            click_hz=(150.0, 1800.0),
            click_s=(0.04, 0.07),
            uneven_db=4.0,
        ),
        room_s=(0.8, 1.1),
        room_db=(-6, -3),
    ),
    Entry(
        *("door knock", "a knock on a door", "impacts", "Knock", False, True, (0.5, 1.6)),
        Strikes(
            pitch_hz=(170, 260),
            ratios=(1.0, 1.63, 2.4, 3.5, 5.1),
            t60_s=(0.06, 0.1),
            damping=0.4,
            every_s=(0.15, 0.22),
            jitter=0.08,
            click_db=-1.0,
            click_hz=(200.0, 1800.0),
            uneven_db=3.0,
        ),
        room_s=(0.5, 0.8),
        room_db=(-11, -8),
    ),
    Entry(
        *("bouncing ball", "a ball bouncing to rest", "impacts", "Bouncing", False, False, (1.0, 1.5)),
        Strikes(
            pitch_hz=(280, 420),
            ratios=(1.0, 1.5, 2.3),
            t60_s=(0.06, 0.1),
            every_s=(0.24, 0.3),
            hurry=(0.8, 0.84),
            click_db=-12.0,
            click_hz=(500.0, 4000.0),
            uneven_db=0.0,
        ),
        room_s=(0.5, 0.7),
        room_db=(-9, -7),
    ),
    Entry(
        *("shattering glass", "a pane of glass shattering", "impacts", "Shatter", False, False, (0.8, 1.5)),
        Grains(
            density_hz=(280, 400),
            pitch_hz=(2300, 7000),
            t60_s=(0.01, 0.09),
            noisy=0.4,
            uneven_db=13.0,
            thinning_s=(1.8, 2.4),
        ),
        room_s=(0.6, 0.9),
        room_db=-8.0,
    ),
)

_MUSIC = (
    Entry(
        *("guitar", "an acoustic guitar strumming", "instruments", "Acoustic guitar", False, True, (1.5, 6.0)),
        Plucks(
            pitch_hz=(80, 100),
            chords_st=((0, 7, 12, 16, 19, 24), (5, 12, 17, 21, 24, 29), (7, 14, 19, 23, 26, 31)),
            every_s=(0.38, 0.6),
            strum_s=(0.012, 0.03),
            t60_s=(1.5, 2.5),
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
    _steady(
        *("pipe organ", "a pipe organ holding a chord", "instruments", "Organ"),
        Tone(
            pitch_hz=(125, 180),
            chord_st=(0.0, 7.01955, 12.0, 15.86314, 24.0),  # just intervals: nothing beats
            flutter_hz=(5.5, 6.5),
            flutter_db=(1.0, 2.5),
            timbre=Timbre(rolloff=(0.4, 0.55), wander_st=0.0, air_db=-38.0),
            attack_s=0.06,
        ),
    ),
    _steady(
        *("drum roll", "a snare drum rolling", "drums", "Drum roll"),
        Pulses(
            rate_hz=(26, 34),
            resonances=(((180, 230), 60, 6.0), ((1500, 2200), 2000, 4.0), ((3600, 4400), 3000, 8.0)),
            jitter=0.15,
            uneven_db=4.0,
            burst_s=(0.07, 0.1),
            noise_db=0.0,
        ),
    ),
    Entry(
        *("bass drum", "a bass drum thumping", "drums", "Bass drum", False, True, (0.6, 3.0)),
        Strikes(
            pitch_hz=(55, 75),
            ratios=(1.0, 1.6, 2.2),
            t60_s=(0.8, 1.2),
            damping=0.8,
            every_s=(0.3, 0.42),
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
            t60_s=(2.0, 3.0),
        ),
        room_s=(1.8, 2.6),
        room_db=(-9, -5),
    ),
    _steady(
        *("radio static", "radio static hissing", "noises", "Static"),
        Noise(bands=(((60, 120), (7000, 7600), 0.0),)),
    ),
)

TABLE: tuple[Entry, ...] = (*_SIGNALS, *_BELLS, *_MACHINES, *_NATURE, *_PEOPLE, *_MUSIC)
"""Every built-in sound; the order is that of reading and means nothing."""
