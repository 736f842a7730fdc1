// Errors of the engine as Python's: ValueError for what can never work, OSError for files and servers,
// fruits.Error (with `code`) for the rest.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>
#include <utility>

#include "fruits/core/error.h"

namespace fruits::python {

// Carries an Error through nanobind to the translator that `BindErrors` registers.
class Raised : public std::exception {
 public:
  explicit Raised(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }
  const char* what() const noexcept override { return error_.message().c_str(); }

 private:
  Error error_;
};

inline void Check(const Status& status) {
  if (!status) throw Raised(status.error());
}

template <typename T>
T Value(Result<T> result) {
  if (!result) throw Raised(result.error());
  return std::move(*result);
}

void BindErrors(nanobind::module_& module);

}  // namespace fruits::python
