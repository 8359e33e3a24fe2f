{% macro segment_definitions() %}
    {#-
    What the YAML says of every segment, with the settings in force.

    Returns: list of dicts (column name to text), one per enabled model with `meta.segment`, sorted by segment.
    Raises: a compiler error that names the segment and what is missing from its `meta.segment`.
    -#}
    {%- set definitions, places = [], stacked_segments() -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model' and node.config.meta.get('segment') -%}
        {%- set meta = node.config.meta.segment -%}
        {%- for field in segment_meta_fields() if field not in meta -%}
            {{ exceptions.raise_compiler_error('The segment ' ~ node.name ~ ' lacks `' ~ field ~ '` in its meta: add it to ' ~ node.patch_path ~ '.') }}
        {%- endfor -%}
        {%- if meta.get('known_by') and meta.known_by not in known_facts() -%}
            {{ exceptions.raise_compiler_error('The segment ' ~ node.name ~ ' has `known_by` ' ~ meta.known_by ~ ' in its meta: write one of ' ~ known_facts() | join(', ') ~ ' in ' ~ node.patch_path ~ '.') }}
        {%- endif -%}
        {%- if meta.kind not in evidence_kinds() -%}
            {{ exceptions.raise_compiler_error('The segment ' ~ node.name ~ ' has `kind` ' ~ meta.kind ~ ' in its meta: write one of ' ~ evidence_kinds() | join(', ') ~ ' in ' ~ node.patch_path ~ '.') }}
        {%- endif -%}
        {%- set settings = [] -%}
        {%- for name in meta.get('vars', []) -%}
            {%- do settings.append(name ~ ' = ' ~ var(name)) -%}
        {%- endfor -%}
        {%- do definitions.append({
            'segment': node.name,
            'family': node.fqn[3],
            'label_en': meta.label_en,
            'label_fr': meta.label_fr,
            'rule': node.description,
            'rule_fr': modules.re.sub('(?<=\\d)[.](?=\\d)', ',', meta.rule_fr),
            'rule_sql': modules.re.sub('(?s){#.*?#}', '', node.raw_code) | trim,
            'sort_order': places.index(node.unique_id) + 1 if node.unique_id in places else places | length + 1,
            'grain': 'person' ~ (' and ' ~ meta.value if meta.value else ''),
            'evidence_unit': meta.evidence,
            'evidence_unit_fr': meta.evidence_fr,
            'evidence_kind': meta.kind,
            'evidence_comparison': meta.limit[0] if meta.limit else '',
            'evidence_limit': evidence_limit(meta) | string,
            'settings': settings | join('; '),
            'fingerprint': local_md5(
                modules.re.sub('(?s){#.*?#}|--[^\n]*|\\s', '', node.raw_code) ~ settings | join('; ')),
            'needs': meta.get('needs', ['orders']) | join('; '),
            'known_by': meta.get('known_by', ''),
            'source_article': meta.source,
            'objective': meta.objective,
            'objective_fr': meta.objective_fr,
            'owner': node.config.meta.owner,
            'external_name': meta.external_name,
        }) -%}
    {%- endfor -%}
    {%- do return(definitions) -%}
{% endmacro %}


{% macro segment_meta_fields() %}
    {#-
    What the `meta.segment` of a segment must say. It may also say what its `value` is (where a person may be in it
    several times), which `vars` its rule reads, which raw tables it `needs` (orders, where it says nothing), what must
    be `known_by` us of a contact to decide it (a key of `known_facts`), and a `note` on its source; the `limit` of its
    evidence, where that is one number (as in `evidence_limit`), and the `measure` of those who miss it, [model, column]
    of what the evidence is for everybody (insights.evidence_distributions reads it).

    Returns: list of field names.
    -#}
    {%- do return([
        'label_en', 'label_fr', 'rule_fr', 'evidence', 'evidence_fr', 'kind', 'objective', 'objective_fr', 'source',
        'external_name',
    ]) -%}
{% endmacro %}


{% macro evidence_kinds() %}
    {#-
    What evidence may be, the `kind` of a segment: an amount in the reporting currency (`money`), a number of things
    (`count`), of `days`, `minutes`, `seconds` or `years`, a share in `percent`, a `probability`, a `ratio` of two
    amounts, a number of which only the order means something (`score`), or `none` that says anything.

    Returns: dict from the kind to the least width of a bar of its distribution; none where it has no distribution.
    -#}
    {%- do return({
        'money': 1, 'count': 1, 'days': 1, 'minutes': 1, 'seconds': 1, 'years': 1, 'percent': 1,
        'probability': 0.01, 'ratio': 0.05, 'score': none, 'none': none,
    }) -%}
{% endmacro %}


{% macro evidence_limit(meta) %}
    {#-
    The number that a member's evidence is compared with.

    Arguments: meta (dict, `meta.segment`): `limit` is [comparison, number, name of a setting, or an expression in which
    `{name}` stands for one].
    Returns: SQL expression, a number; the empty text where the rule has no such limit.
    -#}
    {%- set text = namespace(of=(meta.get('limit') or ['', ''])[1] | string) -%}
    {%- for name in meta.get('vars', []) -%}
        {%- set text.of = setting(name) | string if text.of == name else text.of | replace('{' ~ name ~ '}', setting(name) | string) -%}
    {%- endfor -%}
    {%- do return(text.of) -%}
{% endmacro %}


{% macro stacked_segments() %}
    {#- Returns: list of the segments' unique_ids in the order of the stacks, which is that of the families. -#}
    {%- set places, stack = [], graph.nodes.values() | selectattr('name', 'equalto', 'segment_memberships') | list -%}
    {%- for family in stack[0].depends_on.nodes if stack -%}
        {%- do places.extend(graph.nodes[family].depends_on.nodes) -%}
    {%- endfor -%}
    {%- do return(places) -%}
{% endmacro %}


{% macro known_facts() %}
    {#-
    What the `known_by` of a segment may be: a column of `core.people`, the birth date, or a raw table with anything
    about the contact.

    Returns: dict from that to the column that is null where it is not known (of the joins in `int_known_contacts`).
    -#}
    {%- set facts = {} -%}
    {%- for column in ['gender', 'city', 'region', 'country_code', 'climate_zone', 'acquisition_source'] -%}
        {%- do facts.update({column: 'people.' ~ column}) -%}
    {%- endfor -%}
    {%- do facts.update({
        'birth_date': 'births.birth_date',
        'events': 'web.person_id',
        'message_events': 'messages.person_id',
        'consents': 'consents.person_id',
        'customer_attributes': 'attributes.person_id',
    }) -%}
    {%- do return(facts) -%}
{% endmacro %}
