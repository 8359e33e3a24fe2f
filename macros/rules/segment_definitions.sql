{% macro segment_definitions() %}
    {#-
    What the YAML says of every segment, with the settings in force.

    Returns: list of dicts (column name to text), one per enabled model with `meta.segment`, sorted by segment.
    Raises: a compiler error that names the segment and what is missing from its `meta.segment`.
    -#}
    {%- set definitions = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model' and node.config.meta.get('segment') -%}
        {%- set meta = node.config.meta.segment -%}
        {%- for field in segment_meta_fields() if field not in meta -%}
            {{ exceptions.raise_compiler_error('The segment ' ~ node.name ~ ' lacks `' ~ field ~ '` in its meta: add it to ' ~ node.patch_path ~ '.') }}
        {%- endfor -%}
        {%- if meta.get('known_by') and meta.known_by not in known_facts() -%}
            {{ exceptions.raise_compiler_error('The segment ' ~ node.name ~ ' has `known_by` ' ~ meta.known_by ~ ' in its meta: write one of ' ~ known_facts() | join(', ') ~ ' in ' ~ node.patch_path ~ '.') }}
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
            'grain': 'person' ~ (' and ' ~ meta.value if meta.value else ''),
            'evidence_unit': meta.evidence,
            'settings': settings | join('; '),
            'fingerprint': local_md5(
                modules.re.sub('(?s){#.*?#}|--[^\n]*|\\s', '', node.raw_code) ~ settings | join('; ')),
            'needs': meta.get('needs', ['orders']) | join('; '),
            'known_by': meta.get('known_by', ''),
            'source_article': meta.source,
            'objective': meta.objective,
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
    be `known_by` us of a contact to decide it (a key of `known_facts`), and a `note` on its source.

    Returns: list of field names.
    -#}
    {%- do return(['label_en', 'label_fr', 'evidence', 'objective', 'source', 'external_name']) -%}
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
