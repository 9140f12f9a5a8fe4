# The rules that are bundled with tflint: nothing is downloaded.
plugin "terraform" {
  enabled = true
  preset  = "all"
}
