locals {
  gib = 1024 * 1024 * 1024

  alarms = {
    cpu = {
      metric     = "CPUUtilization"
      comparison = "GreaterThanThreshold"
      threshold  = 80
      text       = "The CPU is above 80 % for 15 minutes."
    }
    storage = {
      metric     = "FreeStorageSpace"
      comparison = "LessThanThreshold"
      threshold  = 0.1 * var.storage_gib * local.gib
      text       = "Less than a tenth of the first storage is free: it grew as far as it may, or grows too fast."
    }
    memory = {
      metric     = "FreeableMemory"
      comparison = "LessThanThreshold"
      threshold  = 0.1 * local.gib
      text       = "Less than 100 MiB of memory is free for 15 minutes."
    }
    queue = {
      metric     = "DiskQueueDepth"
      comparison = "GreaterThanThreshold"
      threshold  = 20
      text       = "More than 20 reads and writes wait for the disk for 15 minutes."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-database-${each.key}"
  alarm_description   = each.value.text
  namespace           = "AWS/RDS"
  metric_name         = each.value.metric
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  # A database that says nothing is no well one.
  treat_missing_data = "breaching"
  alarm_actions      = [var.alarm_topic_arn]
  ok_actions         = [var.alarm_topic_arn]
}
