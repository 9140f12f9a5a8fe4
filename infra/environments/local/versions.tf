terraform {
  required_version = ">= 1.11, < 2.0"

  # The state stays beside this file: the environment lives on one machine, and so does it.
  backend "local" {}
}
