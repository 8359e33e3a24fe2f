select
    predicts,
    model,
    status,
    buyers,
    buyers_left_out,
    history_days,
    ranking_auc,
    last_year_level_30_days,
    last_year_level_90_days,
    last_year_level_365_days,
    warnings
from {{ ref('model_fits') }}
