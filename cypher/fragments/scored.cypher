// scored: the best of the candidates, by the weights of their parts (operation/routing.py).
// params: asked MAP, weights MAP, at DATETIME, limit INTEGER
// needs: s, sees, forbidden, c, facts, words, meaning, context
// yields: s, sees, forbidden, c, facts, parts, session, decay, score
WITH s, sees, forbidden, collect({c: c, facts: facts, words: words, meaning: meaning, context: context}) AS rows,
     max(words) AS top_words, max(meaning) AS top_meaning, max(context) AS top_context,
     min(CASE WHEN meaning > 0 THEN meaning END) AS low_meaning,
     min(CASE WHEN context > 0 THEN context END) AS low_context
UNWIND rows AS r
// Each part is a share of the best candidate's. What the vector index did not return was no better than its last row.
WITH s, sees, forbidden, r.c AS c, r.facts AS facts, {
  words: CASE WHEN top_words > 0 THEN r.words / top_words ELSE 0.0 END,
  meaning: CASE WHEN top_meaning > 0 THEN CASE WHEN r.meaning > 0 THEN r.meaning ELSE low_meaning END / top_meaning ELSE 0.0 END,
  context: CASE WHEN top_context > 0 THEN CASE WHEN r.context > 0 THEN r.context ELSE low_context END / top_context ELSE 0.0 END,
  speaker: CASE WHEN any(name IN $asked.people WHERE toLower(r.c.speaker) STARTS WITH name) THEN 1.0 ELSE 0.0 END,
  date: CASE
    WHEN $asked.begins IS NULL OR r.c.said_at IS NULL OR r.c.said_at < $asked.begins THEN 0.0
    WHEN r.c.said_at < $asked.ends THEN 1.0
    WHEN r.c.said_at < $asked.ends + duration({days: 10}) THEN 0.5
    ELSE 0.0
  END,
  time: CASE WHEN $asked.asks_when AND r.c.dated THEN 1.0 ELSE 0.0 END
} AS parts
WITH s, sees, forbidden, c, facts, parts,
     $weights.words * parts.words + $weights.meaning * parts.meaning + $weights.context * parts.context
     + $weights.speaker * parts.speaker + $weights.date * parts.date + $weights.time * parts.time AS own
ORDER BY own DESC
// What a session's best memory is worth lifts the others of that session.
WITH s, sees, forbidden, c.source AS source, collect({c: c, facts: facts, parts: parts, own: own}) AS found
WITH s, sees, forbidden, found, found[0].own AS session
UNWIND found AS r
// A memory with a half-life sinks with its age (operation/routing.py).
WITH s, sees, forbidden, r.c AS c, r.facts AS facts, r.parts AS parts, session, r.own + $weights.session * session AS full, CASE
  WHEN r.c.half_life_days IS NULL THEN 1.0
  ELSE 0.5 ^ ($weights.decay * ($at.epochSeconds - coalesce(r.c.said_at, r.c.created_at).epochSeconds)
              / 86400.0 / r.c.half_life_days)
END AS aged
WITH s, sees, forbidden, c, facts, parts, session, CASE WHEN aged > 1.0 THEN 1.0 ELSE aged END AS decay, full
WITH s, sees, forbidden, c, facts, parts, session, decay, full * decay AS score
ORDER BY score DESC, c.id LIMIT $limit
