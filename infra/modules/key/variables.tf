variable "name" {
  description = "Name of the key's alias; the key serves log groups with this name in theirs."
  type        = string
  nullable    = false
}
