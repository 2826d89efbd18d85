"""ReasonAudio: text-audio retrieval benchmarks whose every label is a proof."""
