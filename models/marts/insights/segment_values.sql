select
    sizes.segment,
    sizes.segment_value,
    coalesce(labels.label_en, sizes.segment_value) as label_en,
    coalesce(labels.label_fr, sizes.segment_value) as label_fr,
    labels.sort_order
from {{ ref('segment_sizes') }} as sizes
left join {{ ref('int_value_labels') }} as labels
    on
        sizes.segment = labels.segment
        and sizes.segment_value = labels.segment_value
where sizes.segment_value <> ''
