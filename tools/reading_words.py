"""The words of the reading questions: about a hundred, each of which recurs and is few tokens of the embedded model's,
in English and Spanish, with French and English beside them."""

from __future__ import annotations

Word = tuple[str, str]  # English, Spanish (a noun of the singular with its article)
Adjective = tuple[str, str, str]  # English, Spanish masculine, feminine

NUMBERS = [
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete",
    "ocho", "nueve", "diez", "once", "doce", "trece", "catorce", "quince",
]  # fmt: skip
PEOPLE = ["Ana", "Leo", "Marta", "Luis"]
# English, Spanish with its article.
ANIMALS = [
    ("dog", "el perro"),
    ("cat", "el gato"),
    ("cow", "la vaca"),
    ("bear", "el oso"),
    ("duck", "el pato"),
    ("monkey", "el mono"),
    ("wolf", "el lobo"),
    ("fish", "el pez"),
    ("frog", "la rana"),
]
THINGS = [
    ("book", "el libro"),
    ("car", "el coche"),
    ("house", "la casa"),
    ("cup", "la taza"),
    ("shirt", "la camisa"),
    ("table", "la mesa"),
    ("bed", "la cama"),
    ("dog", "el perro"),
    ("cat", "el gato"),
    ("door", "la puerta"),
    ("train", "el tren"),
    ("boat", "el barco"),
]
# English, masculine, feminine.
COLOURS = [
    ("red", "rojo", "roja"),
    ("blue", "azul", "azul"),
    ("green", "verde", "verde"),
    ("white", "blanco", "blanca"),
    ("black", "negro", "negra"),
]
KINDS = [
    ("new", "nuevo", "nueva"),
    ("old", "viejo", "vieja"),
    ("big", "grande", "grande"),
    ("good", "bueno", "buena"),
    ("bad", "malo", "mala"),
]
PLACES = [
    ("in the house", "en la casa"),
    ("in the park", "en el parque"),
    ("in the city", "en la ciudad"),
    ("in the kitchen", "en la cocina"),
    ("in the street", "en la calle"),
    ("in the field", "en el campo"),
    ("in the forest", "en el bosque"),
    ("by the sea", "en el mar"),
    ("in the water", "en el agua"),
]
GOALS = [
    ("the city", "a la ciudad"),
    ("the park", "al parque"),
    ("the sea", "al mar"),
    ("the field", "al campo"),
    ("the forest", "al bosque"),
]
BY = [("car", "coche"), ("train", "tren"), ("boat", "barco")]
FOOD = [("bread", "pan"), ("meat", "carne"), ("fruit", "fruta"), ("grass", "hierba")]
DRINKS = [("water", "agua"), ("milk", "leche"), ("coffee", "café")]
COUNTED = [
    ("books", "libros"),
    ("dogs", "perros"),
    ("cats", "gatos"),
    ("cups", "tazas"),
    ("cars", "coches"),
    ("flowers", "flores"),
]
NO_ANIMALS = [
    ("a flower", "una flor"),
    ("a house", "una casa"),
    ("a city", "una ciudad"),
    ("a book", "un libro"),
    ("a colour", "un color"),
    ("a number", "un número"),
]
TIMES = [("in the evening", "por la tarde"), ("at night", "por la noche")]

FRENCH_NUMBERS = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept",
    "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze",
]  # fmt: skip
ENGLISH_NUMBERS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven",
    "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
]  # fmt: skip
# By the English word: nouns of the singular with their article, others without, phrases as they are.
FRENCH = {
    "dog": "le chien",
    "cat": "le chat",
    "cow": "la vache",
    "bear": "l'ours",
    "duck": "le canard",
    "monkey": "le singe",
    "wolf": "le loup",
    "fish": "le poisson",
    "frog": "la grenouille",
    "book": "le livre",
    "car": "la voiture",
    "house": "la maison",
    "cup": "la tasse",
    "shirt": "la chemise",
    "table": "la table",
    "bed": "le lit",
    "door": "la porte",
    "train": "le train",
    "boat": "le bateau",
    "in the house": "dans la maison",
    "in the park": "dans le parc",
    "in the city": "dans la ville",
    "in the kitchen": "dans la cuisine",
    "in the street": "dans la rue",
    "in the field": "dans le champ",
    "in the forest": "dans la forêt",
    "by the sea": "près de la mer",
    "in the water": "dans l'eau",
    "the city": "à la ville",
    "the park": "au parc",
    "the sea": "à la mer",
    "the field": "au champ",
    "the forest": "à la forêt",
    "water": "de l'eau",
    "milk": "du lait",
    "coffee": "du café",
    "books": "livres",
    "dogs": "chiens",
    "cats": "chats",
    "cups": "tasses",
    "cars": "voitures",
    "flowers": "fleurs",
    "a flower": "une fleur",
    "a house": "une maison",
    "a city": "une ville",
    "a book": "un livre",
    "a colour": "une couleur",
    "a number": "un nombre",
    "in the evening": "le soir",
    "at night": "la nuit",
}
FRENCH_FEMININE = {"cups", "cars", "flowers"}
# What is eaten, and what is not.
FRENCH_FOOD = {
    "bread": ("du pain", "de pain"),
    "meat": ("de la viande", "de viande"),
    "fruit": ("des fruits", "de fruits"),
    "grass": ("de l'herbe", "d'herbe"),
}
# Masculine, feminine; those of a kind stand before the noun.
FRENCH_ADJECTIVES = {
    "red": ("rouge", "rouge"),
    "blue": ("bleu", "bleue"),
    "green": ("vert", "verte"),
    "white": ("blanc", "blanche"),
    "black": ("noir", "noire"),
    "new": ("nouveau", "nouvelle"),
    "old": ("vieux", "vieille"),
    "big": ("grand", "grande"),
    "good": ("bon", "bonne"),
    "bad": ("mauvais", "mauvaise"),
}
