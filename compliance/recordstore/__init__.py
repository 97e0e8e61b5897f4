"""Records (the texts in the rows of logs and data) found by meaning.

    rows        a row to its texts, each with its field, and the row's teacher and day
    copies      texts that are the same, or nearly, are embedded once
    catalogue   records, texts and how far each file was read, in one SQLite file: the truth of a store
    columns     what filters ask for, as arrays of a fixed width
    models      the full model on any device, and the static one distilled from it for CPUs
    vectors     one interface; memory-mapped arrays (`arrays`), or Chroma (`chroma`) for smaller stores
    store       a folder with all of these: opened, checked, mended, moved from one kind of vectors to the other
    reading     files into the catalogue, batch by batch
    filling     vectors for the texts that have none yet, batch by batch
    search      the nearest texts under filters, and the records that hold them
    retriever   search for LangChain

Vectors can always be made again from the catalogue. It holds text: a store is as confidential as the files in it.
"""
