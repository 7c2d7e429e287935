"""The language of conditions: a sentence about an event, a profile and a session that is true or false.

One grammar (`syntax`), one tree (`nodes`), one check (`types`), three ways out: a Python function (`closure`), a SQL
predicate (`sql`), an English sentence (`sentence`). The one rule that all of them keep:

    A comparison holds only when both of its sides have a value, of kinds that its operator takes. Otherwise it is
    false, and `not` makes it true. A field that is null is a field that is missing. There is no third value, and no
    value is ever turned into one of another kind.

So `event.properties.price != 5` is false where there is no price, and where the price is the text "5". Numbers are
IEEE doubles, as JSON's readers agree on; texts are compared by code point; a text counts as a moment where it is
compared with one, and is written as in `moments`.

Who uses a condition reads it with `syntax.parse` (or decodes the tree from JSON), makes sure of it with `types.check`
against what `fields.field_types` knows, and then asks `closure.closure`, `sql.predicate`, `sentence.sentence` or
`writing.written`. Only `check` stands between people and the rest: what it lets pass, everything else can work with.
"""
