select
    fits.predicts,
    fits.model,
    case
        when fits.predicts = 'orders' and fits.status = 'fitted' and not verdict.ranks_are_better
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
    verdict.history_days,
    verdict.ranking_auc,
    verdict.lost_buyers_checked,
    verdict.lost_return_ratio,
    verdict.last_quarter_level,
    verdict.last_year_level_30_days,
    verdict.last_year_level_90_days,
    verdict.last_year_level_365_days,
    verdict.season_factor_30_days,
    verdict.season_factor_90_days,
    verdict.warnings
from {{ ref('int_model_fits') }} as fits
left join {{ ref('int_prediction_check') }} as verdict on fits.predicts = 'orders'
where fits.days_ago = 0
