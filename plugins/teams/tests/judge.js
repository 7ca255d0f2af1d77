// Reads cards as lines of JSON; for each, prints what Microsoft's library complains of and keeps.
const { AdaptiveCard, SerializationContext, Version } = require(process.argv[2]);
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
for (const line of lines) {
  const context = new SerializationContext(new Version(1, 4));
  const card = new AdaptiveCard();
  card.parse(JSON.parse(line), context);
  const complaints = card.validateProperties().validationEvents.map((each) => each.message);
  for (let number = 0; number < context.eventCount; number++) {
    complaints.push(context.getEventAt(number).message);
  }
  console.log(JSON.stringify({ complaints, kept: card.toJSON() }));
}
