// A select [data-time-zone] that nobody has touched starts with the zone this browser is set to, by the name it knows.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const select of document.querySelectorAll("select[data-time-zone]")) {
  if (!zone || select.value !== "UTC") continue;
  if (![...select.options].some((option) => option.value === zone)) select.add(new Option(zone));
  select.value = zone;
}
