"""
The SQL of indexing.
"""

# One writer at a time: counts of names are taken from committed rows. Readers do not wait.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('search.index'))"

NEXT_GENERATION = """
INSERT INTO search_searchstate (id, generation) VALUES (1, nextval('search_generation'))
ON CONFLICT (id) DO UPDATE SET generation = excluded.generation
"""

KNOWN_DIGESTS = """
SELECT i.kind, i.ref_code, i.digest
FROM search_searchitem i
JOIN unnest(%s::text[], %s::text[]) AS wanted (kind, ref_code)
  ON i.kind = wanted.kind AND i.ref_code = wanted.ref_code
"""

KNOWN_NAMES = "SELECT digest FROM search_searchname WHERE digest = ANY(%s::bytea[])"

NEW_NAMES_TABLE = """
CREATE TEMPORARY TABLE IF NOT EXISTS search_new_name (
    digest bytea, folded text, related text, pinyin text, initials text, words tsvector
) ON COMMIT DROP;
TRUNCATE search_new_name
"""

COPY_NEW_NAMES = "COPY search_new_name (digest, folded, related, pinyin, initials, words) FROM STDIN"

ADD_NAMES = """
INSERT INTO search_searchname (digest, folded, related, pinyin, initials, words, demand, is_offered, prior)
SELECT n.digest, n.folded, n.related, n.pinyin, n.initials, n.words, s.demand, s.is_offered,
       s.demand - length(n.folded) / 10.0
FROM search_new_name n JOIN (
    SELECT name_digest, bool_or(is_active) AS is_offered,
           floor(2 * log(1 + coalesce(max(popularity) FILTER (WHERE is_active), 0)))::int AS demand
    FROM search_stage GROUP BY name_digest
) s ON s.name_digest = n.digest
ON CONFLICT (digest) DO NOTHING
"""

# Single characters are lexemes too, but no words.
COUNT_NEW_WORDS = """
INSERT INTO search_searchword AS known (word, names)
SELECT word, count(*) FROM search_new_name, unnest(tsvector_to_array(words)) AS word
WHERE length(word) > 1 GROUP BY word
ON CONFLICT (word) DO UPDATE SET names = known.names + excluded.names
"""

STAGE_TABLE = """
CREATE TEMPORARY TABLE IF NOT EXISTS search_stage (
    kind text COLLATE "C", ref_code text COLLATE "C", name_digest bytea, digest bytea, name text, name_en text,
    agency_name text, agency_code text, division_code text, audiences text[], themes text[], online_depth smallint,
    popularity integer, is_active boolean, codes text[], body tsvector
) ON COMMIT DROP;
TRUNCATE search_stage
"""

COPY_STAGE = """
COPY search_stage (
    kind, ref_code, name_digest, digest, name, name_en, agency_name, agency_code, division_code, audiences, themes,
    online_depth, popularity, is_active, codes, body
) FROM STDIN
"""

NAMES_LEFT_BEHIND = """
SELECT DISTINCT i.search_name_id
FROM search_searchitem i JOIN search_stage s ON i.kind = s.kind AND i.ref_code = s.ref_code
"""

UPSERT_ITEMS = """
INSERT INTO search_searchitem (
    kind, ref_code, search_name_id, digest, name, name_en, agency_name, agency_code, division_code, audiences,
    themes, online_depth, popularity, is_active
)
SELECT s.kind, s.ref_code, n.id, s.digest, s.name, s.name_en, s.agency_name, s.agency_code, s.division_code,
       s.audiences, s.themes, s.online_depth, s.popularity, s.is_active
FROM search_stage s JOIN search_searchname n ON n.digest = s.name_digest
ON CONFLICT (kind, ref_code) DO UPDATE SET
    search_name_id = excluded.search_name_id, digest = excluded.digest, name = excluded.name,
    name_en = excluded.name_en, agency_name = excluded.agency_name, agency_code = excluded.agency_code,
    division_code = excluded.division_code, audiences = excluded.audiences, themes = excluded.themes,
    online_depth = excluded.online_depth, popularity = excluded.popularity, is_active = excluded.is_active
"""

REPLACE_CODES = """
WITH staged AS (
    SELECT i.id, s.codes FROM search_stage s
    JOIN search_searchitem i ON i.kind = s.kind AND i.ref_code = s.ref_code
), gone AS (
    DELETE FROM search_searchcode c USING staged s WHERE c.item_id = s.id AND c.code <> ALL(s.codes)
)
INSERT INTO search_searchcode (item_id, code)
SELECT s.id, code FROM staged s, unnest(s.codes) AS code
ON CONFLICT (code, item_id) DO NOTHING
"""

REPLACE_BODIES = """
WITH staged AS (
    SELECT i.id, s.body FROM search_stage s
    JOIN search_searchitem i ON i.kind = s.kind AND i.ref_code = s.ref_code
), gone AS (
    DELETE FROM search_searchbody b USING staged s WHERE b.item_id = s.id AND length(s.body) = 0
)
INSERT INTO search_searchbody (item_id, words)
SELECT id, body FROM staged WHERE length(body) > 0
ON CONFLICT (item_id) DO UPDATE SET words = excluded.words
"""

STAGED_NAMES = """
SELECT n.id FROM search_searchname n WHERE n.digest IN (SELECT name_digest FROM search_stage)
"""

# New entries of GIN indexes wait in a list that every search reads; after a bulk load it is put in order at once.
TIDY = """
SELECT gin_clean_pending_list(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam
WHERE a.amname = 'gin' AND c.relname LIKE 'search\\_%' AND pg_has_role(c.relowner, 'USAGE')
"""

REMOVE = """
WITH doomed AS (
    SELECT id, search_name_id FROM search_searchitem WHERE kind = %s AND ref_code = ANY(%s) FOR UPDATE
), codes AS (
    DELETE FROM search_searchcode WHERE item_id IN (SELECT id FROM doomed)
), bodies AS (
    DELETE FROM search_searchbody WHERE item_id IN (SELECT id FROM doomed)
), items AS (
    DELETE FROM search_searchitem WHERE id IN (SELECT id FROM doomed)
)
SELECT search_name_id FROM doomed
"""

# The prior orders names that answer equally well before they are looked at closely: wanted ones and short ones first.
RECOUNT_NAMES = """
UPDATE search_searchname n
SET is_offered = counted.is_offered, demand = counted.demand,
    prior = counted.demand - length(n.folded) / 10.0
FROM (
    SELECT ids.id, count(i.id) > 0 AS is_offered,
           floor(2 * log(1 + coalesce(max(i.popularity), 0)))::int AS demand
    FROM unnest(%s::bigint[]) AS ids (id)
    LEFT JOIN search_searchitem i ON i.search_name_id = ids.id AND i.is_active
    GROUP BY ids.id
) counted
WHERE n.id = counted.id AND (n.is_offered, n.demand) IS DISTINCT FROM (counted.is_offered, counted.demand)
"""

UNCOUNT_WORDS_OF_ORPHANS = """
UPDATE search_searchword w SET names = w.names - lost.names
FROM (
    SELECT word, count(*) AS names
    FROM search_searchname n, unnest(tsvector_to_array(n.words)) AS word
    WHERE n.id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM search_searchitem i WHERE i.search_name_id = n.id)
    GROUP BY word
) lost
WHERE w.word = lost.word
"""

DROP_ORPHANS = """
DELETE FROM search_searchname n
WHERE n.id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM search_searchitem i WHERE i.search_name_id = n.id)
"""
