// Tells what the policy of the page has blocked (Content Security Policy Level 3, section 5).

const told = [];

function tell(violation) {
  const list = document.getElementById("violations");
  if (!list) return told.push(violation); // the page is still being read
  const line = document.createElement("li");
  const what = { "script-src-elem": "A script in the text of the page", "script-src-attr": "Code in an attribute" };
  line.textContent = `${what[violation.effectiveDirective] ?? violation.blockedURI}: ${violation.effectiveDirective} forbids it.`;
  list.append(line);
}

document.addEventListener("securitypolicyviolation", tell);
document.addEventListener("DOMContentLoaded", () => {
  for (const one of document.querySelectorAll(".unscripted")) one.remove();
  told.splice(0).forEach(tell);
});
