# One set per cohort: the new version's errors must not hide behind the old one's successes.

resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each = aws_lb_target_group.cohort

  alarm_name          = "${var.name}-${each.key}-errors"
  alarm_description   = "More than ${var.limits.error_percent} % of the requests to ${each.key} get a 5xx, of at least ${var.limits.min_requests} in a minute."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.limits.error_percent
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  # A cohort without weight gets no requests, and that is no fault.
  treat_missing_data = "notBreaching"
  alarm_actions      = [var.alarm_topic_arn]
  ok_actions         = [var.alarm_topic_arn]

  metric_query {
    id          = "percent"
    label       = "5xx, percent"
    expression  = "IF(requests >= ${var.limits.min_requests}, 100 * FILL(errors, 0) / requests, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "HTTPCode_Target_5XX_Count", requests = "RequestCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        stat        = "Sum"
        period      = 60
        dimensions = {
          LoadBalancer = aws_lb.this.arn_suffix
          TargetGroup  = each.value.arn_suffix
        }
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  for_each = aws_lb_target_group.cohort

  alarm_name          = "${var.name}-${each.key}-latency"
  alarm_description   = "The 95th percentile of ${each.key} is above ${var.limits.p95_seconds} s."
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  dimensions          = { LoadBalancer = aws_lb.this.arn_suffix, TargetGroup = each.value.arn_suffix }
  extended_statistic  = "p95"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.limits.p95_seconds
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  # A percentile of three requests is none.
  evaluate_low_sample_count_percentiles = "ignore"
  alarm_actions                         = [var.alarm_topic_arn]
  ok_actions                            = [var.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "unhealthy" {
  for_each = aws_lb_target_group.cohort

  alarm_name          = "${var.name}-${each.key}-unhealthy"
  alarm_description   = "A task of ${each.key} fails its health check for three minutes."
  namespace           = "AWS/ApplicationELB"
  metric_name         = "UnHealthyHostCount"
  dimensions          = { LoadBalancer = aws_lb.this.arn_suffix, TargetGroup = each.value.arn_suffix }
  statistic           = "Maximum"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}

# What the load balancer answers itself, when no cohort can: no target group counts these.
resource "aws_cloudwatch_metric_alarm" "unanswered" {
  alarm_name          = "${var.name}-unanswered"
  alarm_description   = "The load balancer answered with a 5xx of its own: no task took the request."
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_ELB_5XX_Count"
  dimensions          = { LoadBalancer = aws_lb.this.arn_suffix }
  statistic           = "Sum"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
