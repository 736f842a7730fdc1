// What a run's folder already holds of a catalog: the parts are the ledger of what is done.
// Threads: a value type. Memory: 8 bytes a photo, and one part's rows while reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "pipeline/content_index.h"
#include "pipeline/row_place.h"
#include "pipeline/stored_index.h"

namespace fruits {

struct Ledger {
  std::vector<std::string> parts;         // names, as in features/
  std::vector<std::uint32_t> part_rows;   // stored rows of the parts that were there, dead ones included
  std::vector<RowPlace> places;           // one a catalog row
  std::size_t kept = 0;                   // rows of the catalog that a part holds, rejected ones included
  std::size_t kept_rejected = 0;          // those of them that are rejected
  std::size_t changed = 0;                // rows of the catalog that a part holds in an older state
  std::size_t gone = 0;                   // stored paths that are not in the catalog
  std::string last_path;                  // the greatest raw path that a part holds
  std::vector<std::uint32_t> dead_parts;  // parts that hold such rows
  std::size_t dimension = 0;              // 0: no parts
};

// What the parts hold, to be looked up while photos are listed and read.
struct Stored {
  StoredIndex rows;
  ContentIndex contents;
};

struct LedgerOptions {
  std::string fingerprint;
  std::uint64_t max_pixels = 0;  // larger pictures are not done: this run rejects them; 0: no limit
  bool retry_rejected = false;   // rejected rows are work again; those that could not be read always are
  WrittenFiles named = {};       // what run.json says of the parts' files
};

// Fills `stored`, which is new; `ledger` is begun anew with the parts' names. A damaged part, also one whose
// files are not those that run.json names, is removed: its photos are work again. Files of no part, left
// by a process that died, are removed. kFailedPrecondition: a part of another fingerprint; kCancelled.
Status ReadStored(Folder& folder, const LedgerOptions& options, Ledger& ledger, Stored& stored,
                  std::stop_token stop);

// A part that cannot be read: its photos are work again.
Status RemovePart(Folder& folder, const std::string& name);

}  // namespace fruits
