// What a run's folder already holds of a catalog: the parts are the ledger of what is done.
// Threads: a value type. Memory: 8 bytes a photo, and one part's rows while reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/catalog.h"
#include "fruits/io/folder.h"
#include "pipeline/row_place.h"

namespace fruits {

struct Ledger {
  std::vector<std::string> parts;       // names, as in features/
  std::vector<RowPlace> places;         // one a catalog row
  std::vector<std::uint32_t> work;      // catalog rows that no part holds
  std::size_t kept = 0;                 // rows of the catalog that a part holds, rejected ones included
  std::size_t dead = 0;                 // stored rows whose photo is gone, changed, or stored twice
  std::vector<std::uint32_t> dead_parts;  // parts that hold such rows
  std::size_t dimension = 0;            // 0: no parts
};

// A stored row counts as done if path, size and modification time are the catalog's. A damaged part is removed: its photos
// are work again. kFailedPrecondition: a part of another fingerprint.
Result<Ledger> ReadLedger(Folder& folder, const Catalog& catalog, const std::string& fingerprint);

// A part that cannot be read: its photos are work again.
Status RemovePart(Folder& folder, const std::string& name);

// Takes dead rows out of their parts, so that the parts hold the catalog's rows and nothing else.
Status SweepDeadRows(Folder& folder, Ledger& ledger);

}  // namespace fruits
