"""The process tree as text: what will run, with which rights. Pure; its output is a golden file.

What a person should compare before going live stands in it: modules, restart types, endpoints and who
may enter them, names of secrets (never their values) and every setting.
"""

import json
from collections.abc import Iterator, Mapping

from engine.settings.converter import plain_values
from engine.supervise.placeholders import Published
from engine.supervise.specs import ActorSpec, Limits, Restart, Tree


def render(tree: Tree, *, details: bool = True) -> str:
    """The tree, one actor a line in start order; with `details` also rights and settings below each."""
    lines = [f"{tree.name} ({tree.mode})"]
    for number, group in enumerate(tree.groups):
        last_group = number == len(tree.groups) - 1
        lines.append(f"{'└─' if last_group else '├─'} {group.name}")
        margin = "   " if last_group else "│  "
        for place, spec in enumerate(group.actors):
            last = place == len(group.actors) - 1
            lines.append(f"{margin}{'└─' if last else '├─'} {_headline(spec)}")
            below = margin + ("   " if last else "│  ")
            lines += [f"{below}   {line}" for line in _details(spec)] if details else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _headline(spec: ActorSpec) -> str:
    words = [spec.name, spec.module, spec.restart.value]
    if spec.restart is not Restart.TEMPORARY:
        words.append(f"{spec.policy.intensity} restarts in {spec.policy.period_s:g} s")
    if spec.essential:
        words.append("essential")
    return "  ".join(words)


def _details(spec: ActorSpec) -> Iterator[str]:
    if spec.needs:
        yield f"needs {', '.join(spec.needs)}"
    for bind in spec.binds:
        peers = f" for {', '.join(bind.peers)}" if bind.peers else ""
        yield f"binds {bind.endpoint}{peers}"
    if spec.connects:
        yield f"connects {', '.join(spec.connects)}"
    yield (
        f"stops within {spec.grace_s:g} s, ready within {spec.ready_within_s:g} s, heartbeat "
        f"{spec.missed_max} x {spec.heartbeat_interval_s:g} s, {_limits(spec.limits)}"
    )
    if spec.secrets:
        yield f"secrets {', '.join(sorted(spec.secrets))}"
    for key in sorted(spec.settings):
        yield f"{key} = {_value(spec.settings[key])}"


def _limits(limits: Limits) -> str:
    words = [f"{limits.files} files"]
    if limits.memory_mib is not None:
        words.insert(0, f"{limits.memory_mib} MiB")
    if limits.processes is not None:
        words.append(f"{limits.processes} processes")
    return ", ".join(words)


def _value(value: object) -> str:
    return json.dumps(
        plain_values(_readable(value)), ensure_ascii=False, sort_keys=True, default=repr
    )


def _readable(value: object) -> object:
    if isinstance(value, Published):
        return f"<{value.key or 'all'} of {value.actor}>"
    if isinstance(value, Mapping):
        return {key: _readable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_readable(item) for item in value]
    return value
