// Short forms for passing an error on.
//
//   FRUITS_TRY(auto bytes, ReadFile(path));   // declares bytes, or returns the error
//   FRUITS_CHECK(writer.Append(bytes));       // returns the error of a Status
#pragma once

#include <utility>

#include "fruits/core/error.h"

#define FRUITS_CONCAT_(a, b) a##b
#define FRUITS_CONCAT(a, b) FRUITS_CONCAT_(a, b)
#define FRUITS_TRY_(result, declaration, expression)              \
  auto result = (expression);                                     \
  if (!result) return std::unexpected(std::move(result).error()); \
  declaration = std::move(*result)
#define FRUITS_TRY(declaration, expression) \
  FRUITS_TRY_(FRUITS_CONCAT(fruits_result_, __LINE__), declaration, expression)
#define FRUITS_CHECK(expression)                                \
  do {                                                          \
    if (auto fruits_status = (expression); !fruits_status)      \
      return std::unexpected(std::move(fruits_status).error()); \
  } while (false)
