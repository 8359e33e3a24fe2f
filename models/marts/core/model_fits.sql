select
    fits.predicts,
    fits.model,
    case
        when fits.predicts = 'orders' and fits.status = 'fitted' and not checked.ranks_are_better
            then 'ranks_no_better'
        else fits.status
    end as status,
    fits.r,
    fits.alpha_days,
    fits.a,
    fits.b,
    fits.p,
    fits.q,
    fits.v,
    fits.log_mean,
    fits.within_variance,
    fits.between_variance,
    fits.kept_share,
    fits.log_likelihood,
    fits.iterations,
    fits.buyers,
    fits.buyers_left_out,
    checked.history_days,
    checked.ranking_auc,
    checked.lost_buyers_checked,
    checked.lost_return_ratio,
    checked.last_quarter_level,
    checked.last_year_level_30_days,
    checked.last_year_level_90_days,
    checked.last_year_level_365_days,
    checked.season_factor_30_days,
    checked.season_factor_90_days,
    checked.warnings
from {{ ref('int_model_fits') }} as fits
left join {{ ref('int_prediction_check') }} as checked on fits.predicts = 'orders'
