"""Words that say nothing about whom a matter is for, in several languages."""

COMMON = frozenset({
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "but", "by", "can", "could", "did", "do", "does", "for", "from", "get", "had", "has",
    "have", "he", "her", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "like", "may",
    "me", "more", "most", "much", "must", "my", "no", "not", "now", "of", "on", "one", "only", "or", "other",
    "our", "out", "over", "please", "she", "should", "so", "some", "such", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "to", "too", "two", "up", "us", "use", "used", "using",
    "very", "via", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with",
    "without", "work", "works", "would", "you", "your", "need", "needs", "want", "wants", "help", "thanks",
    "thank", "hello", "hi", "dear", "new", "first", "last", "same", "since", "still", "many", "each", "every",
    "both", "between", "der", "die", "das", "und", "ist", "nicht", "ein", "eine", "wir", "ich", "mit", "für",
    "von", "zu", "auf", "im", "den", "dem", "es", "sich", "auch", "bei", "le", "la", "les", "des", "du", "de",
    "et", "est", "un", "une", "nous", "je", "pour", "dans", "sur", "pas", "que", "qui", "avec", "el", "los",
    "las", "y", "en", "con", "por", "para", "del", "se", "una", "al", "o", "e", "os", "da", "em", "um", "uma",
})  # fmt: skip
